"use strict";
// For every page: keys to go through it, and the service worker that keeps it for when there is no network.
(() => {
  const root = document.body.dataset.root;

  const LISTED = `main article:not([hidden]) :is(h2, h3) a, main :is(ol, ul.plain) > li > a:first-child,
    main tbody tr > :first-child > a:first-child`;
  const items = () => [...document.querySelectorAll(LISTED)].filter((link) => link.offsetParent);

  // From where the focus is, also if that is between two.
  function move(step) {
    const here = document.activeElement, follows = (link) => here.compareDocumentPosition(link) & Node.DOCUMENT_POSITION_FOLLOWING;
    const links = items().filter((link) => link !== here && (here === document.body || Boolean(follows(link)) === step > 0));
    const next = links.at(step > 0 ? 0 : -1);
    if (next) { next.focus(); next.scrollIntoView({ block: "center" }); }
  }

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    if (event.key === "j" || event.key === "k") move(event.key === "j" ? 1 : -1);
    if (event.key !== "/") return;
    event.preventDefault();
    const field = document.getElementById("q") ?? document.getElementById("filter");
    if (field?.offsetParent) field.focus();
    else location.href = `${root}search.html#q`;
  });

  // Of a file, a browser runs no module and fetches nothing.
  const said = document.querySelector("form.tool ~ [role=status]");
  if (said && location.protocol === "file:") {
    said.textContent = "A browser runs this on pages of a server only, and this one is a file: python -m http.server in the site's folder is one.";
  }

  if (!("serviceWorker" in navigator) || !isSecureContext) return;
  const told = new Set();

  // What came without the worker: before it was there, or while it took over.
  function missed() {
    const came = (kind) => performance.getEntriesByType(kind).filter((entry) => entry.responseStatus === 200 && !entry.workerStart);
    const page = came("navigation").map(() => location.origin + location.pathname);
    return [...page, ...came("resource").map((entry) => entry.name)].filter((href) => !told.has(href));
  }

  // The worker says when it keeps all that it was told; the root element then shows it.
  function tell(worker) {
    const { port1, port2 } = new MessageChannel(), seen = missed(), root = document.documentElement;
    if (!seen.length && "kept" in root.dataset) return;
    port1.onmessage = ({ data: isKept }) => {
      if (!isKept) return;  // it is told again with the next thing that comes, or by the next visit
      seen.forEach((href) => told.add(href));
      root.dataset.kept = "";
    };
    worker.postMessage({ seen }, [port2]);
  }

  addEventListener("load", async () => {
    try {
      await navigator.serviceWorker.register(`${root}sw.js`);
      const { active } = await navigator.serviceWorker.ready;
      new PerformanceObserver(() => tell(active)).observe({ type: "resource", buffered: true });
    } catch {
      // A browser that refuses service workers shows the site as well, but needs the network.
    }
  });
})();
