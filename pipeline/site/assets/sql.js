// SQL in the page: DuckDB-WASM on the published file, loaded when somebody asks for it.

const form = document.getElementById("sql");
const field = (id) => document.getElementById(id);
const root = new URL(document.body.dataset.root || "./", location.href);
const MOST_ROWS = 1000;  // in the table; the CSV file has all
const PARAMETER = /^-- *\$(\w+) *= *(.*?) *(?:--(.*))?$/gm;

const ANEW = "The site has changed since this page was loaded. Reload the page: your query stays in its address.";

const blobs = {};  // what was fetched stays, so that Stop costs no second download
let engine = null;  // what ends it, its worker, a promise of its connection, and the connection
let queries = null;
let answer = null;  // columns, and rows of text or null

const own = (values, name) => (Object.hasOwn(values, name) ? values[name] : undefined);

// Names have a hash or a version: what is missing was there when this page came.
async function fetched(path, signal) {
  const asked = await fetch(new URL(path, root), { signal });
  if (!asked.ok) throw new Error(asked.status === 404 ? ANEW : `${path}: ${asked.status}`);
  return asked;
}

async function unpacked(path, type, signal) {
  if (blobs[path]) return blobs[path];
  const asked = await fetched(path, signal);
  // Some hosts declare a packed file as compressed, and the browser has unpacked it then.
  const content = await asked.blob();
  const [one, two] = new Uint8Array(await content.slice(0, 2).arrayBuffer());
  const stream = one === 0x1f && two === 0x8b ? content.stream().pipeThrough(new DecompressionStream("gzip")) : content.stream();
  return (blobs[path] = new Blob([await new Response(stream).arrayBuffer()], { type }));
}

function loadArrow(src) {
  return new Promise((resolve, reject) => {
    if (globalThis.Arrow) return resolve();
    const script = document.createElement("script");
    script.src = src;
    script.onload = resolve;
    script.onerror = () => reject(new Error("arrow.js did not load"));
    document.head.append(script);
  });
}

// A script says not why it does not load: who asks for it once more hears whether it is gone.
async function loaded(path, load, signal) {
  try {
    return await load(new URL(path, root).href);
  } catch (error) {
    await fetched(path, signal);
    throw error;
  }
}

export function open() {
  if (!engine) {
    const mine = (engine = { end: new AbortController() });
    mine.opened = start(mine, mine.end.signal);
    mine.opened.catch(() => { if (engine === mine) stop(); });  // the next run tries again
  }
  return engine.opened;
}

async function start(mine, signal) {
  const { vendor, wasm, worker: script, database } = form.dataset;
  const [program, content, code] = await Promise.all([
    unpacked(`${vendor}/${wasm}`, "application/wasm", signal), unpacked(database, "application/octet-stream", signal),
    unpacked(`${vendor}/${script}`, "text/javascript", signal), loaded(`${vendor}/arrow.js`, loadArrow, signal)]);
  const duckdb = await loaded(`${vendor}/duckdb.js`, (href) => import(href), signal);
  const bytes = new Uint8Array(await content.arrayBuffer());
  signal.throwIfAborted();
  // From a blob, the worker is under the policy of this page: it reaches nothing but the site.
  const source = URL.createObjectURL(code), module = URL.createObjectURL(program);
  mine.worker = new Worker(source);
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), mine.worker);
  await db.instantiate(module);
  URL.revokeObjectURL(source);
  URL.revokeObjectURL(module);
  await db.registerFileBuffer("papers.duckdb", bytes);
  const connection = await db.connect();
  for (const statement of [
    "set autoload_known_extensions = false", "set autoinstall_known_extensions = false",
    "attach 'papers.duckdb' as papers (read_only)", "use papers",
    "set enable_external_access = false", "set lock_configuration = true",
  ]) await connection.query(statement);
  return (mine.connection = connection);
}

export function parameters(text) {
  const bare = text.replace(/--[^\n]*/g, "");
  return [...text.matchAll(PARAMETER)].map(([, name, value, meaning]) => ({ name, value, meaning: meaning?.trim() }))
    .filter(({ name }) => new RegExp(`\\$${name}\\b`).test(bare));
}

// Rows of text: DuckDB itself writes each value, so that decimals, long integers and lists are exact.
export async function ask(text, values = {}) {
  const connection = await open();
  const given = Object.entries(Object.fromEntries(parameters(text).map(({ name, value }) => [name, own(values, name) ?? value])));
  await connection.query(`prepare asked as select columns(*)::varchar from (\n${text.replace(/[;\s]+$/, "")}\n)`);
  const quoted = given.map(([name, value]) => `"${name}" := '${value.replaceAll("'", "''")}'::varchar`);
  const table = await connection.query(`execute asked${quoted.length ? `(${quoted.join(", ")})` : ""}`);
  const columns = table.schema.fields.map((each) => each.name);
  const vectors = columns.map((_, at) => table.getChildAt(at));
  return { columns, rows: Array.from({ length: table.numRows }, (_, row) => vectors.map((vector) => vector.get(row))) };
}

// A reason with the lines of the text as it was written, without that which stands before it when it is asked.
const unshifted = (reason) => reason.replace(/^LINE (\d+):/m, (all, line) => `LINE ${line - 1}:`.padEnd(all.length));

export function toCsv({ columns, rows }) {
  const cell = (value) => (value === null ? "" : /[",\r\n]|^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

export function stop() {
  engine?.end.abort();
  engine?.worker?.terminate();
  engine = null;
}

function say(text) { field("said").textContent = text; }

function drawn({ columns, rows }) {
  const table = document.createElement("table"), head = table.createTHead().insertRow(), body = table.createTBody();
  for (const name of columns) {
    const cell = document.createElement("th");
    cell.scope = "col";
    cell.textContent = name;
    head.append(cell);
  }
  for (const row of rows.slice(0, MOST_ROWS)) {
    const line = body.insertRow();
    for (const value of row) {
      const cell = line.insertCell();
      cell.textContent = value ?? "null";
      if (value === null) cell.className = "muted";
      else if (/^-?\d[\d.]*$/.test(value)) cell.className = "number";
    }
  }
  return table;
}

const inputs = () => [...field("parameters").querySelectorAll("input")];
const given = () => Object.fromEntries(inputs().map((input) => [input.name, input.value]));

// Values that somebody gave, also of parameters that go and come while the text is written.
let kept = {};
function edited() {
  for (const { name, value, defaultValue } of inputs()) kept[name] = value === defaultValue ? undefined : value;
  return kept;
}

let running = 0;
async function run() {
  const number = ++running, text = field("text").value, values = given();
  history.replaceState(null, "", `#${new URLSearchParams({ sql: text, ...Object.fromEntries(Object.entries(values).map(([k, v]) => [`$${k}`, v])) })}`);
  field("run").disabled = true;
  field("stop").disabled = false;
  field("csv").disabled = true;
  say(engine?.connection ? "Running…" : "Loading DuckDB and the published file…");
  try {
    const found = await ask(text, values);
    if (number !== running) return;
    answer = found;
    field("answer").replaceChildren(drawn(found));
    field("answer").hidden = false;
    field("csv").disabled = false;
    const cut = found.rows.length > MOST_ROWS ? `; the first ${MOST_ROWS} are shown` : "";
    say(`${found.rows.length.toLocaleString("en")} ${found.rows.length === 1 ? "row" : "rows"}${cut}`);
  } catch (error) {
    if (number !== running) return;
    say(error.message === ANEW ? ANEW : `The query does not run: ${unshifted(error.message)}`);
    field("answer").hidden = true;
  }
  finish();
}

function finish() {
  field("run").textContent = engine?.connection ? "Run" : field("run").textContent;
  field("run").disabled = false;
  field("stop").disabled = true;
}

function showParameters(values = {}) {
  field("parameters").replaceChildren(...parameters(field("text").value).map(({ name, value, meaning }) => {
    const line = document.createElement("p"), label = document.createElement("label"), input = document.createElement("input");
    input.name = name;
    input.id = `parameter-${name}`;
    input.defaultValue = value;
    input.value = own(values, name) ?? value;
    label.htmlFor = input.id;
    label.textContent = `$${name}${meaning ? `: ${meaning}` : ""}`;
    line.append(label, input);
    return line;
  }));
}

function fill(text, values) {
  kept = {};
  field("text").value = text;
  showParameters(values);
}

// A link brings a query, which is shown and not run.
async function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  const name = asked.get("query");
  const text = asked.get("sql") ?? (name && (await named(name)));
  if (!text) return showParameters();
  field("named").value = asked.has("sql") ? "" : name;
  fill(text, Object.fromEntries([...asked].filter(([key]) => key.startsWith("$")).map(([key, value]) => [key.slice(1), value])));
  say("This query is from a link. It has not been run.");
}

// The text of a question of ours; nothing, said, if it does not come or there is none.
async function named(name) {
  try {
    queries ??= await (await fetched(form.dataset.queries)).json();
    if (Object.hasOwn(queries, name)) return queries[name];
    say(`There is no question of ours with the name ${name}.`);
  } catch (error) {
    say(error.message === ANEW ? ANEW : `The question was not loaded: ${error.message}`);
  }
  return null;
}

if (form) {
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  field("stop").addEventListener("click", () => {
    running++;
    const wasOpen = Boolean(engine?.connection);
    stop();
    say(wasOpen ? "Stopped. The next run opens the file again, without loading it." : "Stopped. The next run loads what is missing.");
    field("answer").hidden = true;
    finish();
  });
  field("csv").addEventListener("click", () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([toCsv(answer)], { type: "text/csv" }));
    link.download = "papers.csv";
    link.click();
    URL.revokeObjectURL(link.href);
  });
  field("named").addEventListener("change", async (event) => {
    const text = event.target.value && (await named(event.target.value));
    if (text) fill(text);
  });
  // While it is written: a field that came when Run takes the focus would move Run away from under the click.
  field("text").addEventListener("input", () => showParameters(edited()));
  addEventListener("hashchange", follow);
  follow();
}
