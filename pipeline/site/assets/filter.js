"use strict";
(() => {
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  const papers = [...document.querySelectorAll("article")].map((node) => ({ node, text: plain(node.textContent) }));
  const input = document.getElementById("filter");

  const filter = () => {
    const words = plain(input.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const { node, text } of papers) {
      node.hidden = !words.every((word) => text.includes(word));
      shown += node.hidden ? 0 : 1;
    }
    for (const day of document.querySelectorAll(".day")) {
      day.hidden = !day.querySelector("article:not([hidden])");
    }
    document.getElementById("shown").textContent = `${shown} of ${papers.length}`;
    document.getElementById("nothing").hidden = shown > 0;
  };

  // The words stand behind the page's address, so that it can be kept or passed on. A page opened from disk may change
  // no other part of its address.
  const mark = "#filter=";
  const read = () => {
    if (location.hash.startsWith(mark)) {
      try {
        input.value = decodeURIComponent(location.hash.slice(mark.length));
      } catch {
        // not ours: a percent sign without its digits
      }
    }
    filter();
  };

  if (input) {
    input.closest(".filter").hidden = false;
    input.addEventListener("input", () => {
      history.replaceState(null, "", input.value ? mark + encodeURIComponent(input.value) : "#papers");
      filter();
    });
    addEventListener("hashchange", read);
    read();
  }

  // What a mark of a chart says to a screen reader, it says to a pointer too.
  for (const mark of document.querySelectorAll("svg [aria-roledescription='rect mark'], svg [aria-roledescription='bar']")) {
    const title = document.createElementNS("http://www.w3.org/2000/svg", "title");
    title.textContent = mark.getAttribute("aria-label");
    mark.append(title);
  }
})();
