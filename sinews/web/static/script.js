// What the pages do beyond links and forms: keys, taps, panels, turning, progress, sorting, looks.
// Everything here is a shortcut to something that works without it.
"use strict";
(() => {
  const root = document.documentElement, body = document.body, memory = new Map();
  const $ = (words, from = document) => from.querySelector(words);
  const $$ = (words, from = document) => [...from.querySelectorAll(words)];
  const tools = () => $("#tools"), panel = $("#panel"), live = $("#live");
  const rel = (name) => $(`link[rel="${name}"]`)?.href;
  const place = (url = location) => url.pathname + url.search;
  let shown = place(), depth = 0, opener = null;

  // Turning: the next page's parts are put in place of this one's; on any trouble, a plain visit.

  async function text(href) {
    const answer = await fetch(href, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    return answer.text();
  }

  function fetched(href) {
    if (!memory.has(href)) {
      memory.set(href, text(href));
      memory.get(href).catch(() => memory.delete(href));
    }
    return memory.get(href);
  }

  async function turn(href, back = false) {
    const url = new URL(href, location), before = shown;
    try {
      const next = new DOMParser().parseFromString(await fetched(url.href), "text/html");
      if (shown !== before) return; // another turn was quicker
      if (!$("main", next) || next.body.className !== body.className) throw new Error("another kind");
      if (!back) {
        history.replaceState({ ...history.state, y: scrollY }, "");
        history.pushState(null, "", url);
      }
      shown = place(url);
      tools().close?.();
      for (const part of $$("[data-part]")) {
        const other = $(`[data-part="${part.dataset.part}"]`, next);
        other ? part.replaceWith(document.adoptNode(other)) : part.remove();
      }
      $$("link[rel=prev],link[rel=next],link[rel=first],link[rel=last]").forEach((x) => x.remove());
      document.head.append(...$$("link[rel=prev],link[rel=next],link[rel=first],link[rel=last]", next.head));
      document.title = live.textContent = next.title;
      scrollTo(0, back ? history.state?.y ?? 0 : 0);
      $("main").focus({ preventScroll: true });
      arrived();
    } catch {
      back ? location.reload() : location.assign(url);
    }
  }

  function go(name) {
    const href = rel(name);
    if (href) turn(href);
    return Boolean(href);
  }

  // What a page asks for once it stands: its place kept, its job followed, its neighbours at hand.

  function arrived() {
    looks();
    const read = $("main [data-place]");
    if (read) post(read.dataset.place, { do: "read", turn: read.dataset.turn });
    for (const job of $$("main [data-events]")) follow(job);
    if (body.classList.contains("reading"))
      (window.requestIdleCallback ?? setTimeout)(() => {
        for (const name of ["next", "prev"]) if (rel(name)) fetched(rel(name)).catch(() => {});
      });
  }

  function post(href, says) {
    const content = new URLSearchParams({ ...says, token: body.dataset.token });
    return fetch(href, { method: "POST", body: content, keepalive: true }).catch(() => {});
  }

  // Progress of a job: told by the server, or asked for if that fails.

  function follow(job) {
    const bar = $("progress", job), words = $(".words", job);
    const told = (now) => {
      if (now.total) Object.assign(bar, { max: now.total, value: now.done });
      if (now.words) words.textContent = now.words;
      if (["queued", "running"].includes(now.state)) return;
      stop();
      if (now.state === "done" && job.dataset.fills) fill(job);
      else location.replace(job.dataset.then || now.url || location.href);
    };
    let source = null, timer = 0;
    const stop = () => { source?.close(); clearInterval(timer); removeEventListener("pagehide", stop); };
    const ask = () => fetch(job.dataset.asks ?? job.dataset.events.replace("/events", "?json=1"))
      .then((answer) => answer.json()).then(told).catch(() => {});
    addEventListener("pagehide", stop);
    if (!window.EventSource) timer = setInterval(ask, 1000);
    else {
      source = new EventSource(job.dataset.events);
      source.onmessage = (event) => told(JSON.parse(event.data));
      source.onerror = () => { source.close(); if (job.isConnected) timer = setInterval(ask, 1000); };
    }
  }

  /* What a job made, in its place on a page that is being read. */
  async function fill(job) {
    const { fills, then } = job.dataset;
    memory.delete(new URL(then, location).href);
    const next = new DOMParser().parseFromString(await text(then), "text/html");
    const made = next.getElementById(fills);
    if (!job.isConnected || !made) return;
    $(`#${fills}`).replaceWith(document.adoptNode(made));
    for (const other of $$("[data-events]", made)) follow(other);
  }

  // Panels: a link's page, as a sheet over this one; its address is the page's own, Back closes it.

  async function show(href, again = false) {
    const url = new URL(href, location), part = new URL(url);
    part.searchParams.set("part", "1");
    try {
      const content = await text(part);
      if (!$("dialog[open]")) opener = document.activeElement;
      $(".body", panel).innerHTML = content;
      $(".whole", panel).href = url;
      panel.setAttribute("aria-label", $("h1, h2", panel)?.textContent ?? "Panel");
      if (!again) history.pushState({ panel: url.href, over: shown, depth: ++depth }, "", url);
      tools().close?.();
      if (!panel.open) panel.showModal();
      panel.scrollTop = 0;
    } catch {
      location.assign(url);
    }
  }

  function lay(dialog) {
    opener = document.activeElement;
    if (location.hash === "#tools") history.replaceState(history.state, "", place());
    dialog.showModal();
  }

  document.addEventListener("close", (event) => {
    if (event.target === panel && depth && history.state?.panel) history.go(-depth);
    if (event.target === panel) depth = 0;
    if (opener?.isConnected) opener.focus({ preventScroll: true });
  }, true);

  addEventListener("popstate", (event) => {
    const under = event.state?.over;
    if (under && under === shown) show(event.state.panel, depth = event.state.depth);
    else if (place() !== shown) turn(location.href, true);
    else if (panel.open) { depth = 0; panel.close(); }
  });

  // Looks: a cookie that the server reads, so that the next page comes as it shall be.

  const NEXT = { light: "sepia", sepia: "dark", dark: "light" };
  const theme = () => root.dataset.theme !== "auto" ? root.dataset.theme
    : matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";

  function look(name, value) {
    if (name === "size") value = Math.min(160, Math.max(80, value));
    root.dataset[name] = value;
    const words = ["theme", "size", "zones", "keys"].map((x) => root.dataset[x]).join(".");
    document.cookie = `${body.dataset.look}=${words}; path=/; max-age=31536000; samesite=lax`;
    looks();
    live.textContent = name === "size" ? `Text ${value} %` : `${name} ${value}`;
    if (name === "zones") flash();
  }

  /* Shows on the page's own buttons and fields what is set. */
  function looks() {
    const { theme, size } = root.dataset;
    for (const button of $$("button[name=theme]")) button.setAttribute("aria-pressed", button.value === theme);
    for (const output of $$(".looks output")) output.textContent = `${size} %`;
    for (const name of ["theme", "size", "zones", "keys"])
      for (const field of $$(`form.settings [name=${name}]`))
        field.type === "radio" ? field.checked = field.value === root.dataset[name] : field.value = root.dataset[name];
  }

  function flash() {
    $(".zones")?.remove();
    const box = document.createElement("div"), swapped = root.dataset.zones === "swapped";
    box.className = `zones ${root.dataset.zones === "off" ? "none" : ""}`;
    box.setAttribute("aria-hidden", "true");
    for (const words of [swapped ? "Next" : "Previous", "Tools", swapped ? "Previous" : "Next"])
      box.append(Object.assign(document.createElement("span"), { textContent: words }));
    body.append(box);
    setTimeout(() => box.remove(), 1400);
  }

  // Keys. Up, Down and Space always scroll; arrows within a chart, a table or a field are its own.

  const OWN = "input,select,textarea,[contenteditable],.wide,table,figure,svg,[data-arrows]";
  const own = (at) => at.closest(OWN) && !at.closest(".map a"); // the map is turned from its links too

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.defaultPrevented) return;
    const { key } = event, at = document.activeElement ?? body;
    const open = $("dialog[open]"), writing = at.closest("input:not([type=radio],[type=checkbox],[type=range]),select,textarea,[contenteditable]");
    const letters = root.dataset.keys !== "off";
    let done = false;
    if (writing) return;
    if (letters && "+=".includes(key)) done = look("size", +root.dataset.size + 10) ?? true;
    else if (letters && key === "-") done = look("size", +root.dataset.size - 10) ?? true;
    else if (letters && key === "d") done = look("theme", NEXT[theme()]) ?? true;
    else if (letters && key === "t" && open === tools()) done = open.close() ?? true;
    else if (open) return;
    else if (key === "ArrowLeft" || key === "ArrowRight")
      done = !event.shiftKey && !own(at) && go(key === "ArrowLeft" ? "prev" : "next");
    else if (key === "Home" || key === "End") done = !own(at) && go(key === "Home" ? "first" : "last");
    else if ((letters && key === "t") || (key === "Enter" && (at === body || at.matches("main")))) done = lay(tools()) ?? true;
    else if (letters && key.length === 1) {
      const found = $(`[data-key="${CSS.escape(key)}"]`);
      found?.click();
      done = Boolean(found);
    }
    if (done) event.preventDefault();
  });

  // Taps and clicks.

  const QUIET = "a,button,input,select,textarea,label,summary,details,figure,svg,table,.wide,dialog,form,nav,[data-quiet]";
  let kind = "mouse", chosen = false, from = null, waiting = 0;
  const selected = () => !(getSelection()?.isCollapsed ?? true);

  addEventListener("pointerdown", (event) => { kind = event.pointerType; chosen = selected(); }, true);

  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest("a"), step = event.target.closest(".looks button");
    if (step) {
      event.preventDefault();
      return step.dataset.step ? look("size", +root.dataset.size + +step.dataset.step) : look("theme", step.value);
    }
    if (link) return follows(event, link);
    if (event.target.matches("dialog")) return event.target.close(); // the page beside it
    const head = event.target.closest(QUIET);
    clearTimeout(waiting);
    if (head || chosen || selected() || !body.classList.contains("reading") || $("dialog[open]")) return;
    const share = event.clientX / innerWidth, swap = root.dataset.zones === "swapped";
    const side = share < 0.2 ? "left" : share > 0.8 ? "right" : "";
    if (kind === "mouse") {
      // Wait for a second click, which chooses a word.
      if (event.detail < 2) waiting = setTimeout(() => selected() || $("dialog[open]") || lay(tools()), 260);
    } else if (!side) lay(tools());
    else if (root.dataset.zones !== "off") go((side === "left") !== swap ? "prev" : "next");
  });

  function follows(event, link) {
    if (link.hasAttribute("target") || link.hasAttribute("download")) return;
    const dialog = link.closest("dialog"), url = new URL(link.getAttribute("href"), location);
    if (link.matches(".close")) dialog.close();
    else if (link.matches(".open")) lay(tools());
    else if (link.matches("table.sort thead a")) sort(link);
    else if (link.matches("a.number, [data-panel]")) show(url);
    else if (link.matches("[rel~=prev], [rel~=next]") && place(url) !== shown) turn(url);
    else return;
    event.preventDefault();
  }

  addEventListener("touchstart", (event) => {
    const { clientX: x, clientY: y } = event.touches[0];
    const away = event.touches.length > 1 || $("dialog[open]") || event.target.closest(OWN) || (visualViewport?.scale ?? 1) > 1.01;
    from = away ? null : { x, y };
  }, { passive: true });

  addEventListener("touchend", (event) => {
    if (!from || selected()) return;
    const x = event.changedTouches[0].clientX - from.x, y = event.changedTouches[0].clientY - from.y;
    from = null;
    if (Math.abs(x) > 70 && Math.abs(x) > 2.5 * Math.abs(y)) go(x > 0 ? "prev" : "next");
  }, { passive: true });

  // Tables: a click on a head sorts in place; the address is that of the page so sorted.

  function sort(link) {
    const head = link.closest("th"), table = head.closest("table"), column = head.cellIndex;
    const down = head.getAttribute("aria-sort") === "ascending";
    const value = (row) => {
      const cell = row.cells[column], words = cell.dataset.value ?? cell.textContent.trim();
      return words === "" || isNaN(words) ? words : +words;
    };
    const compare = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(b);
    for (const part of table.tBodies)
      part.append(...[...part.rows].sort((a, b) => compare(value(a), value(b)) * (down ? -1 : 1)));
    for (const other of head.parentNode.cells) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", down ? "descending" : "ascending");
    history.replaceState(history.state, "", link.href);
    shown = place();
    const next = new URL(link.href);
    next.searchParams.set("order", down ? "up" : "down");
    link.href = next;
  }

  // Fields that act at once.

  addEventListener("input", (event) => {
    if (event.target.closest("form.settings")) look(event.target.name, event.target.value);
  });

  // A page that Back brings up as it was left may be out of date.
  addEventListener("pageshow", (event) => {
    if (event.persisted && !body.classList.contains("reading")) location.reload();
  });
  root.classList.add("js");
  arrived();
})();
