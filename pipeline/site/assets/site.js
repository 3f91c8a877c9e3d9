"use strict";
// For every page: keys to go through it, and the service worker that keeps it for when there is no network.
(() => {
  const root = document.body.dataset.root;

  const items = () => [...document.querySelectorAll("article:not([hidden]) h3 a, .hits li > a")].filter((link) => link.offsetParent);

  function move(step) {
    const links = items();
    const at = links.indexOf(document.activeElement);
    const next = links[at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step];
    if (next) { next.focus(); next.scrollIntoView({ block: "center" }); }
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
    if (event.key !== "/") return;
    event.preventDefault();
    const field = document.getElementById("q") ?? document.getElementById("filter");
    if (field?.offsetParent) field.focus();
    else location.href = `${root}search.html`;
  });

  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  const untold = `papers ${new URL(root, location.href)} untold`;  // in the session, by the page before
  const told = new Set();

  // What came without the worker: before it was there, or while it took over.
  function missed() {
    const came = (kind) => performance.getEntriesByType(kind).filter((entry) => entry.responseStatus === 200 && !entry.workerStart);
    const page = came("navigation").map(() => location.origin + location.pathname);
    const before = JSON.parse(sessionStorage.getItem(untold) ?? "[]");
    return [...page, ...came("resource").map((entry) => entry.name), ...before].filter((href) => !told.has(href));
  }

  // The worker says when it keeps all that it was told; the root element then shows it.
  function tell(worker) {
    const { port1, port2 } = new MessageChannel(), seen = missed();
    port1.onmessage = ({ data: isKept }) => {
      if (!isKept) return;  // the next page tells it again
      seen.forEach((href) => told.add(href));
      document.documentElement.dataset.kept = "";
    };
    worker.postMessage({ seen }, [port2]);
  }

  function leave() {
    try { sessionStorage.setItem(untold, JSON.stringify(missed())); } catch { /* no storage, no memory */ }
  }

  addEventListener("pagehide", leave);
  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register(`${root}sw.js`);
      tell((await navigator.serviceWorker.ready).active);
    } catch {
      // A browser that refuses service workers, or storage, shows the site as well, but needs the network.
    }
  });
})();
