// The search of the site. It finds what `papers search` finds, in the same order: fold(), split() and plan() do what
// search_fold(), search_split() and search_papers() do in SQL, and tests compare them.

const STOP = new Set(`a an and are as at be by can do for from has have how in into is it its of on or our that the their
  these they this those to was we were what when which with`.split(/\s+/));
const FROM = [..."⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉０１２３４５６７８９ａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚøłđðı‐‑“”"];
const TO = [..."012345678901234567890123456789abcdefghijklmnopqrstuvwxyzolddi--\"\""];
const PLAIN = new Map(FROM.map((letter, place) => [letter, TO[place]]));
const LETTERS = [["ß", "ss"], ["æ", "ae"], ["œ", "oe"], ["þ", "th"], ["ﬁ", "fi"], ["ﬂ", "fl"]];
const EAST = /([\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}ー]+)/gu;
const WORD = /[\p{L}\p{M}\p{N}]+/gu;
const JOINED = /[\p{L}\p{M}\p{N}]+(?:-[\p{L}\p{M}\p{N}]+)+/gu;
const SHOWN = 32, TEXTS = 4, DIGITS = 8, AT_ONCE = 20;
const LIST = "search/lengths.json";
const UNASKED = 100_000;  // bytes of texts that a phrase in quotes loads without a word

const stripped = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").normalize("NFC");
// Letter by letter, since an end of a word has a sigma of its own.
const lower = (text) => Array.from(text, (letter) => letter.toLowerCase()).join("");
const isEastern = (text) => text.codePointAt(0) >= 0x2e80;
const range = (count) => Array.from({ length: count }, (_, place) => place);

export function fold(text) {
  const plain = text
    .replace(/\{?\\["'`^~=.]\{?\\?([A-Za-z])\}?\}?|\{?\\[cvHukr](?:\{\\?([A-Za-z])\}| ([A-Za-z]))\}?/gu, "$1$2$3")
    .replace(/\{?\\(ss|ae|AE|oe|OE|[oOlLij])\b(?:\{\}|\}| )?/gu, "$1")
    .replace(/\$?\^\{?([0-9]+)\}?\$?|\$_([0-9]+)\$|\$?_\{([0-9]+)\}\$?/gu, "$1$2$3");
  let folded = Array.from(lower(stripped(plain)), (letter) => PLAIN.get(letter) ?? letter).join("");
  for (const [letter, letters] of LETTERS) folded = folded.replaceAll(letter, letters);
  return folded.replace(EAST, " $1 ");
}

export function split(folded) {
  return (folded.match(WORD) ?? []).flatMap((word) => {
    const letters = [...word];
    if (isEastern(word) && letters.length > 1) return range(letters.length - 1).map((at) => letters[at] + letters[at + 1]);
    if (!word.endsWith("s") || letters.length < 4 || /(ss|us|is)$/u.test(word)) return [word];
    if (letters.length > 4 && word.endsWith("ies")) return [`${letters.slice(0, -3).join("")}y`];
    return [letters.slice(0, -1).join("")];
  });
}

// What to look for: ways to meet each part of the words, all terms, and phrases.
export function plan(words) {
  const parts = fold(words).match(/"[^"]*"|[^\t\n\f\r "]+/gu) ?? [];
  const ways = [], phrases = new Set();
  parts.forEach((part, number) => {
    const isPhrase = part.startsWith('"');
    if (isPhrase && /[\p{L}\p{N}]/u.test(part)) {
      phrases.add(part.replace(/[^\p{L}\p{M}\p{N}]+/gu, " ").replace(/^ +| +$/g, ""));
    }
    const texts = [part];
    if (!isPhrase && /[\p{L}\p{M}\p{N}]-[\p{L}\p{M}\p{N}]/u.test(part)) {
      texts.push((part.match(JOINED) ?? []).map((word) => word.replaceAll("-", "")).join(" "));
    }
    texts.forEach((text, joined) => {
      const terms = [...new Set(split(text))].filter((term) => !STOP.has(term));
      if (terms.length) ways.push({ number, isJoined: joined === 1, terms });
    });
  });
  const joined = new Set(ways.filter((way) => way.isJoined).map((way) => way.number));
  return {
    count: new Set(ways.map((way) => way.number)).size,
    terms: [...new Set(ways.flatMap((way) => way.terms))],
    // One word of several that a hyphen joins says too little.
    ways: ways.filter((way) => way.isJoined || !joined.has(way.number) || way.terms.length > 1),
    phrases: [...phrases],
  };
}

const NO_WORDS = "These conditions need words to search for. The pages of tasks, sources and days list all of their papers.";

class Changed extends Error {}
const ANEW = "The site has changed since this page was loaded. Reload the page: your words stay in its address.";

export class Index {
  constructor(root) {
    this.root = root;
    this.loaded = new Map();
    this.text = null;
  }

  async fetched(path, how) {
    const answer = await fetch(`${this.root}${path}`, how);
    if (answer.ok) return answer.text();
    throw new Error(`${path} (${answer.status}; if the site is just being published, it will be there in a minute)`);
  }

  // A value that is asked for once, unless it did not come.
  once(name, ask) {
    if (!this.loaded.has(name)) {
      const asked = ask();
      asked.catch(() => this.loaded.delete(name));
      this.loaded.set(name, asked);
    }
    return this.loaded.get(name);
  }

  // What names all other files by their hashes. It alone changes under its name, so no cache may answer for it.
  list() {
    return this.once("lengths", async () => {
      this.text = await this.fetched(LIST, { cache: "no-cache" });
      const list = JSON.parse(this.text);
      if (!import.meta.url.endsWith(`/${list.script}`)) throw new Changed(ANEW);
      return list;
    });
  }

  async named(kind, number) {
    const { hashes } = kind === "x" ? await this.load("t") : await this.list();
    return `${kind}-${number}-${hashes[kind].slice(number * DIGITS, (number + 1) * DIGITS)}`;
  }

  load(kind, number = 0) {
    return this.once(`${kind}-${number}`, async () => (
      JSON.parse(await this.fetched(`search/${await this.named(kind, number)}.json`))));
  }

  // Whether the site is another one since the list came: a file that is missed may then be there under another name.
  async isRenewed() {
    return (await this.fetched(LIST, { cache: "no-cache" }).catch(() => this.text)) !== this.text;
  }

  // Papers with a term: place and weight.
  async having(term) {
    const { first_words } = await this.list();
    const parts = await Promise.all(["b", "r"].map((kind) => this.words(kind, first_words[kind], term)));
    const found = new Map();
    for (const flat of parts) {
      for (let at = 0, place = 0; at < flat.length; at += 2) found.set((place += flat[at]), flat[at + 1]);
    }
    return found;
  }

  async words(kind, firstWords, term) {
    const number = firstWords.findLastIndex((word) => word <= term);
    if (number < 0) return [];
    const words = await this.load(kind, number);
    return Object.hasOwn(words, term) ? words[term] : [];
  }

  // Places of papers, best first. `narrow` says which places count.
  async search(words, how = {}) {
    const { places, phrases } = await this.ranked(words, how);
    return this.quoted(places, phrases);
  }

  // The same before texts are read for phrases in quotes, and those phrases.
  async ranked(words, { any = false, narrow = () => true } = {}) {
    const { count, terms, ways, phrases } = plan(words);
    const { lengths, first_places } = await this.list();
    const hits = new Map(await Promise.all(terms.map(async (term) => [term, await this.having(term)])));
    const found = any ? new Set([...hits.values()].flatMap((places) => [...places.keys()])) : complete(hits, ways, count);
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    const scores = new Map();
    for (const places of hits.values()) {
      const rarity = Math.log(1 + (lengths.length - places.size + 0.5) / (places.size + 0.5));
      for (const [place, weight] of places) {
        if (!found.has(place) || !narrow(place)) continue;
        const score = (rarity * weight * 2.2) / (weight + 1.2 * (0.25 + (0.75 * lengths[place]) / mean));
        scores.set(place, (scores.get(place) ?? 0) + Math.round(score * 1e9));  // so that a sum is the same in any order
      }
    }
    // Of equal scores the newer day goes first, and within a day the lower place.
    const day = (place) => first_places.findLastIndex((first) => first <= place);
    const places = [...scores.keys()].sort((one, other) => scores.get(other) - scores.get(one) || day(other) - day(one) || one - other);
    return { places, phrases: any ? [] : phrases };
  }

  // Which of the places have all phrases in one text or another.
  async quoted(places, phrases) {
    if (!phrases.length) return places;
    const wanted = phrases.map((phrase) => (isEastern(phrase) ? phrase : ` ${phrase}`));
    const kept = await Promise.all(places.map(async (place) => {
      const texts = (await this.load("x", textsOf(place)))[place % TEXTS];
      return wanted.every((phrase) => texts.some((text) => text.includes(phrase)));
    }));
    return places.filter((_, at) => kept[at]);
  }

  // How many bytes the texts of places still have to load, about.
  async unread(places) {
    const { bytes } = await this.load("t");
    return bytes * new Set(places.map(textsOf).filter((number) => !this.loaded.has(`x-${number}`))).size;
  }

  async paper(place) {
    return (await this.load("d", Math.floor(place / SHOWN)))[place % SHOWN];
  }

  // Which places have a listing that fits all of the conditions.
  async narrowed({ from = "", to = "", label = "", source = "", code = "" }) {
    if (!(from || to || label || source || code)) return () => true;
    const facets = await this.load("f");
    const day = (text, none) => (text ? Math.floor(Date.parse(`${text}T00:00:00Z`) / 86400000) : none);
    const first = day(from, -Infinity), last = day(to, Infinity);
    const same = (names, name) => new Set(range(names.length).filter((at) => lower(names[at]) === lower(name)));
    const labels = same(facets.labels, label), sources = same(facets.sources, source);
    const fits = ([on, by, ...given]) => on >= first && on <= last && (!source || sources.has(by))
      && (!label || given.some((each) => labels.has(each)));
    return (place) => (!code || facets.living[place] === "1") && facets.listings[place].some(fits);
  }
}

const textsOf = (place) => Math.floor(place / TEXTS);

// Places that meet each part of the words in one way or another.
function complete(hits, ways, count) {
  const met = new Map();
  for (const { number, terms } of ways) {
    const [first, ...others] = terms.map((term) => hits.get(term));
    for (const place of first.keys()) {
      if (others.every((places) => places.has(place))) met.set(place, (met.get(place) ?? new Set()).add(number));
    }
  }
  return new Set([...met].filter(([, numbers]) => numbers.size === count).map(([place]) => place));
}

function start(form) {
  const root = document.body.dataset.root;
  let index = new Index(root);
  const found = document.getElementById("found"), list = document.getElementById("hits"), more = document.getElementById("more");
  let hits = [], unread = [], phrases = [], asked = 0;

  const hint = found.textContent;
  let dropped = "";  // what the address asks for and the form does not know

  function say(text) { found.textContent = text; }

  // Read texts for phrases in quotes: of the best papers, until there are hits to show or much was loaded; or of all.
  async function read(all) {
    const number = asked;
    let loaded = 0;
    while (unread.length && (all || (hits.length < list.children.length + AT_ONCE && loaded < UNASKED))) {
      const next = unread.slice(0, all ? unread.length : 4);
      loaded += await index.unread(next);
      const found = await index.quoted(next, phrases);
      if (number !== asked) return;
      hits.push(...found);
      unread = unread.slice(next.length);
    }
  }

  async function tell() {
    const count = hits.length.toLocaleString("en");
    const size = unread.length ? `${((await index.unread(unread)) / 1e6).toFixed(1)} MB` : "";
    more.textContent = size && hits.length <= list.children.length ? `Read the rest (about ${size})` : "More";
    more.hidden = list.children.length >= hits.length && !unread.length;
    if (unread.length) return `${count} papers so far, best first. ${unread.length.toLocaleString("en")} more have the words, and may have the phrase.`;
    return hits.length ? `${count} papers, best first` : plan(form.elements.q.value).terms.length
      ? "No paper has this. Fewer words, any of the words, or wider conditions may find some."
      : "There is no word to search for, or only the commonest.";
  }

  async function show() {
    const number = asked;
    const next = hits.slice(list.children.length, list.children.length + AT_ONCE);
    const papers = await Promise.all(next.map((place) => index.paper(place)));
    if (number !== asked) return;
    for (const [id, day, title, path] of papers) {
      const item = document.createElement("li"), link = document.createElement("a"), date = document.createElement("span");
      link.href = root + path;
      link.textContent = title;
      date.textContent = ` ${day} · ${id}`;
      date.className = "muted";
      item.append(link, date);
      list.append(item);
    }
    const told = await tell();
    if (number === asked) say(dropped + told);
  }

  async function showMore() {
    if (hits.length <= list.children.length) {
      say("Reading…");
      await read(true);
    }
    await show();
  }

  async function search(isFirst = true) {
    const given = Object.fromEntries(new FormData(form));
    const number = ++asked;
    list.replaceChildren();
    more.hidden = true;
    hits = [];
    unread = [];
    if (!given.q?.trim()) {
      const narrows = Object.entries(given).some(([name, value]) => name !== "q" && value);
      return say(dropped + (narrows ? NO_WORDS : hint));
    }
    say("Searching…");
    try {
      const narrow = await index.narrowed(given);
      const ranked = await index.ranked(given.q, { any: given.any === "true", narrow });
      if (number !== asked) return;
      phrases = ranked.phrases;
      [hits, unread] = phrases.length ? [[], ranked.places] : [ranked.places, []];
      await read(false);
      await show();
    } catch (error) {
      if (number === asked) await fail(error, isFirst);
    }
  }

  // A site that is renewed again while it is asked anew is being published: once is enough.
  async function fail(error, mayRepeat = true) {
    const number = asked;
    const isRenewed = mayRepeat && !(error instanceof Changed) && (await index.isRenewed());
    if (number !== asked) return;
    list.replaceChildren();
    more.hidden = true;
    if (isRenewed) {
      index = new Index(root);  // and a number more: nothing that was asked of the old one is shown
      await search(false);
    } else if (error instanceof Changed) say(error.message);
    else say(`The search did not get its files: ${error.message}. Without a network, only what was loaded before is here.`);
  }

  function choose(field, value) {
    const options = [...(field.options ?? [])].map((option) => option.value);
    const known = options.find((option) => lower(option) === lower(value)) ?? value;
    field.value = field.type !== "date" || /^\d{4}-\d\d-\d\d$/.test(known) ? known : "";
  }

  function fill() {
    const state = new URLSearchParams(location.search);
    for (const field of form.elements) {
      if (!field.name) continue;
      if (field.type === "checkbox") field.checked = state.get(field.name) === field.value;
      else choose(field, state.get(field.name) ?? "");
    }
    const unknown = [...form.elements].filter(({ name, type, value }) => name && type !== "checkbox" && state.get(name) && !value);
    dropped = unknown.map(({ name }) => `Not known here, and left out: ${name} ${state.get(name)}. `).join("");
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    dropped = "";
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value));
    history.pushState(null, "", state.size ? `?${state}` : location.pathname);
    search();
  });
  addEventListener("popstate", () => { fill(); search(); });
  more.addEventListener("click", () => showMore().catch((error) => fail(error)));
  fill();
  search();
  if (location.hash === "#q") form.elements.q.focus();
}

const form = document.getElementById("search");
if (form) start(form);
