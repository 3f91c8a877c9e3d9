// SQL in the page: DuckDB-WASM on the published file, loaded when somebody asks for it.

const form = document.getElementById("sql");
const field = (id) => document.getElementById(id);
const root = new URL(document.body.dataset.root || "./", location.href);
const MOST_ROWS = 1000;  // in the table; the CSV file has all
const PARAMETER = /^-- *\$(\w+) *= *(.*?) *(?:--(.*))?$/gm;

const blobs = {};  // what was fetched stays, so that Stop costs no second download
let engine = null;  // the worker, and a connection to what it opened
let queries = {};
let answer = null;  // columns, and rows of text or null

async function unpacked(path, type) {
  if (blobs[path]) return blobs[path];
  const asked = await fetch(new URL(path, root));
  if (!asked.ok) throw new Error(`${path}: ${asked.status}`);
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

export async function open() {
  if (engine) return engine;
  const { vendor, wasm, worker: script, database } = form.dataset;
  const here = (name) => new URL(`${vendor}/${name}`, root).href;
  const [program, content, code] = await Promise.all([
    unpacked(`${vendor}/${wasm}`, "application/wasm"), unpacked(database, "application/octet-stream"),
    unpacked(`${vendor}/${script}`, "text/javascript"), loadArrow(here("arrow.js"))]);
  const duckdb = await import(here("duckdb.js"));
  // From a blob, the worker is under the policy of this page: it reaches nothing but the site.
  const start = URL.createObjectURL(code);
  const worker = new Worker(start);
  engine = { worker };
  const mine = engine;
  const db = new duckdb.AsyncDuckDB(new duckdb.VoidLogger(), worker);
  const module = URL.createObjectURL(program);
  await db.instantiate(module);
  URL.revokeObjectURL(start);
  URL.revokeObjectURL(module);
  await db.registerFileBuffer("papers.duckdb", new Uint8Array(await content.arrayBuffer()));
  mine.connection = await db.connect();
  for (const statement of [
    "set autoload_known_extensions = false", "set autoinstall_known_extensions = false",
    "attach 'papers.duckdb' as papers (read_only)", "use papers",
    "set enable_external_access = false", "set lock_configuration = true",
  ]) await mine.connection.query(statement);
  return mine;
}

export function parameters(text) {
  const bare = text.replace(/--[^\n]*/g, "");
  return [...text.matchAll(PARAMETER)].map(([, name, value, meaning]) => ({ name, value, meaning: meaning?.trim() }))
    .filter(({ name }) => new RegExp(`\\$${name}\\b`).test(bare));
}

// Rows of text: DuckDB itself writes each value, so that decimals, long integers and lists are exact.
export async function ask(text, values = {}) {
  const { connection } = await open();
  const given = Object.entries(Object.fromEntries(parameters(text).map(({ name, value }) => [name, values[name] ?? value])));
  await connection.query(`prepare asked as select columns(*)::varchar from (\n${text.replace(/[;\s]+$/, "")}\n)`);
  const quoted = given.map(([name, value]) => `"${name}" := '${value.replaceAll("'", "''")}'::varchar`);
  const table = await connection.query(`execute asked${quoted.length ? `(${quoted.join(", ")})` : ""}`);
  const columns = table.schema.fields.map((each) => each.name);
  const vectors = columns.map((_, at) => table.getChildAt(at));
  return { columns, rows: Array.from({ length: table.numRows }, (_, row) => vectors.map((vector) => vector.get(row))) };
}

export function toCsv({ columns, rows }) {
  const cell = (value) => (value === null ? "" : /[",\r\n]|^$/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  return [columns, ...rows].map((row) => `${row.map(cell).join(",")}\n`).join("");
}

export function stop() {
  engine?.worker.terminate();
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

const given = () => Object.fromEntries([...field("parameters").querySelectorAll("input")].map((input) => [input.name, input.value]));

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
    say(`${found.rows.length.toLocaleString("en")} rows${cut}`);
  } catch (error) {
    if (number !== running) return;
    say(`The query does not run: ${error.message}`);
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
    input.value = values[name] ?? value;
    label.htmlFor = input.id;
    label.textContent = `$${name}${meaning ? `: ${meaning}` : ""}`;
    line.append(label, input);
    return line;
  }));
}

function fill(text, values) {
  field("text").value = text;
  showParameters(values);
}

// A link brings a query, which is shown and not run.
async function follow() {
  const asked = new URLSearchParams(location.hash.slice(1));
  if (asked.has("query") || asked.has("sql")) {
    const name = asked.get("query") ?? "";
    if (name) await loadQueries();
    const text = asked.get("sql") ?? (Object.hasOwn(queries, name) ? queries[name] : "");
    const values = Object.fromEntries([...asked].filter(([key]) => key.startsWith("$")).map(([key, value]) => [key.slice(1), value]));
    field("named").value = name && Object.hasOwn(queries, name) ? name : "";
    fill(text, values);
    say("This query is from a link. It has not been run.");
  } else showParameters();
}

async function loadQueries() {
  if (!Object.keys(queries).length) queries = await (await fetch(new URL("questions/queries.json", root))).json();
}

if (form) {
  form.addEventListener("submit", (event) => { event.preventDefault(); run(); });
  field("stop").addEventListener("click", () => {
    running++;
    stop();
    say("Stopped. The next run opens the file again, without loading it.");
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
    await loadQueries();
    if (event.target.value) fill(queries[event.target.value]);
  });
  field("text").addEventListener("change", () => showParameters(given()));
  addEventListener("hashchange", follow);
  follow();
}
