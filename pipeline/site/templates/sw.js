// Above: VERSION of the site, VENDOR (a folder that outlives versions) and FIRST (what is stored at once).
const HERE = new URL("./", location.href).href;
const PAGES = `papers ${HERE} ${VERSION}`, LASTING = `papers ${HERE} ${VENDOR}`;
// A name with a hash or version stands for its bytes. Anything else is asked again while there is a network, and no
// cache on the way may answer for it.
const isFixed = (url) => /^((assets|data|vendor)\/|search\/(?!lengths\.json))/.test(url.href.slice(HERE.length));
const anew = { cache: "no-cache" };
const box = (url) => caches.open(url.href.startsWith(HERE + VENDOR) ? LASTING : PAGES);

addEventListener("install", (event) => event.waitUntil(
  caches.open(PAGES).then((cache) => cache.addAll(FIRST.map((path) => new Request(HERE + path, anew)))).then(() => skipWaiting())));

addEventListener("activate", (event) => event.waitUntil(
  caches.keys().then((names) => Promise.all(names
    .filter((name) => name.startsWith(`papers ${HERE} `) && name !== PAGES && name !== LASTING)
    .map((name) => caches.delete(name)))).then(() => clients.claim())));

const isWhole = (response) => response.ok && response.status === 200;

// What is kept is written beside the answer: a page never waits for it.
async function answer(event) {
  const { request } = event, url = new URL(request.url), cache = await box(url);
  url.hash = "";
  if (request.mode === "navigate") url.search = "";  // one page, whatever it is asked
  if (url.href === HERE) url.pathname += "index.html";
  const kept = await cache.match(url.href);
  if (kept && isFixed(url)) return kept;
  try {
    const fresh = await fetch(request, isFixed(url) ? {} : anew);
    if (isWhole(fresh)) event.waitUntil(cache.put(url.href, fresh.clone()).catch(() => null));  // a full disk keeps nothing
    return fresh;
  } catch (error) {
    return kept ?? Response.error();
  }
}

addEventListener("fetch", (event) => {
  if (event.request.method === "GET" && event.request.url.startsWith(HERE)) event.respondWith(answer(event));
});

async function store(href) {
  const url = new URL(href), cache = await box(url);
  if (url.href === HERE) url.pathname += "index.html";
  if (isFixed(url) && (await cache.match(url.href))) return;
  const fresh = await fetch(url, isFixed(url) ? {} : anew);
  if (isWhole(fresh)) await cache.put(url.href, fresh);
}

// A page tells what it loaded before this worker was there, and is told when all of it is kept. A page that was on its
// way while the worker took over belongs to nobody until it is claimed here.
async function remember({ data, ports }) {
  await clients.claim();
  const stored = await Promise.allSettled((data.seen ?? []).filter((href) => href.startsWith(HERE)).map(store));
  ports[0]?.postMessage(stored.every(({ status }) => status === "fulfilled"));
}

addEventListener("message", (event) => event.waitUntil(remember(event)));
