"use strict";

// Around textual.js, the terminal in the page: the address of the connection, coming back after it is lost, copying, and
// keys that a browser would take. The codes are those of Close in sessions.py.
(() => {
  const ENDED = 4000, ELSEWHERE = 4001, IDLE = 4002, FULL = 4003, FAILED = 4004, STOPPED = 4005;
  const SILENT_MS = 12000, PING_MS = 4000, RETRY_MS = 1000, LONGEST_RETRY_MS = 8000;
  const WORDS = {
    [ENDED]: "You have left the study. Everything is saved.",
    [ELSEWHERE]: "This page is open in another tab or window.",
    [IDLE]: "The session ended because you were not active for a long time. Everything is saved.",
    [FULL]: "The server is full. Try again later.",
    [FAILED]: "The program has stopped. Your work is saved. If this happens again, tell your study lead.",
  };
  const NO_LINK = "You have no access to this page. Open the link that your study lead gave you.";
  const $ = (id) => document.getElementById(id);
  let socket = null;
  let over = false;

  const show = (words, again) => {
    $("words").textContent = words;
    $("again").hidden = !again;
    $("notice").hidden = false;
    if (again) $("again").focus();
  };
  const load = () => window.location.replace(window.location.pathname);

  const state = async () => {
    const asked = new AbortController();
    const timer = setTimeout(() => asked.abort(), 5000);
    try {
      return await fetch("state", { cache: "no-store", credentials: "same-origin", signal: asked.signal });
    } finally {
      clearTimeout(timer);
    }
  };

  const comeBack = async () => {
    if (over) return;
    over = true;
    show("The connection is lost. Your work is saved. Reconnecting …", false);
    for (let wait = RETRY_MS; ; wait = Math.min(wait * 1.5, LONGEST_RETRY_MS)) {
      try {
        const answer = await state();
        if (answer.ok) return load();
        if (answer.status === 403) return show(NO_LINK, false);
      } catch {
        // Not yet.
      }
      await new Promise((resolve) => {
        setTimeout(resolve, wait);
        window.addEventListener("online", resolve, { once: true });
      });
    }
  };

  const closed = (event) => {
    if (over) return;
    if (event.code in WORDS) {
      over = true;
      // Nobody who comes by later reads the case.
      $("terminal").hidden = true;
      show(WORDS[event.code], true);
    } else {
      comeBack();
    }
  };

  // textual.js makes one connection; this one notices when the other end is gone, which a browser takes minutes for.
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(url) {
      super(url);
      socket = this;
      let heard = Date.now();
      this.addEventListener("message", () => { heard = Date.now(); });
      this.addEventListener("close", closed);
      const timer = setInterval(() => {
        if (over || this.readyState === Native.CLOSED) {
          clearInterval(timer);
        } else if (Date.now() - heard > SILENT_MS) {
          clearInterval(timer);
          this.close();
          comeBack();
        } else if (this.readyState === Native.OPEN) {
          super.send(JSON.stringify(["ping", String(Date.now())]));
        }
      }, PING_MS);
    }

    send(data) {
      if (this.readyState === Native.OPEN) super.send(data);
    }
  };

  // Nothing opens other pages: no link in a text, however it is written.
  window.open = () => null;

  // Without https only this computer's own pages may use the clipboard of the system, and some browsers ask first.
  const copyOldWay = (text) => {
    const area = document.createElement("textarea");
    area.value = text;
    area.style.position = "fixed";
    area.style.opacity = "0";
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    focus();
    if (!done) throw new Error("not copied");
  };
  const clipboard = navigator.clipboard;
  const copy = async (text) => {
    try {
      await clipboard.writeText(text);
    } catch {
      try {
        copyOldWay(text);
      } catch {
        show("Your browser did not allow copying.", false);
        setTimeout(() => { if (!over) $("notice").hidden = true; }, 4000);
      }
    }
  };
  Object.defineProperty(navigator, "clipboard", {
    value: { writeText: copy, readText: async () => "" },
  });

  const focus = () => {
    const area = document.querySelector(".xterm-helper-textarea");
    if (area && !over) area.focus();
  };

  // While the terminal has the focus, it takes every key that the browser lets go of. Pasting is the browser's.
  window.addEventListener("keydown", (event) => {
    if (over) return;
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "v") {
      event.stopImmediatePropagation();
      return;
    }
    if (document.activeElement !== document.querySelector(".xterm-helper-textarea")) focus();
  }, true);
  window.addEventListener("mouseup", () => focus());
  window.addEventListener("focus", () => focus());
  window.addEventListener("contextmenu", (event) => { if (!event.shiftKey) event.preventDefault(); });
  window.addEventListener("pageshow", (event) => { if (event.persisted) load(); });
  $("again").addEventListener("click", load);

  const start = async () => {
    let answer;
    try {
      answer = await state();
    } catch {
      return comeBack();
    }
    if (!answer.ok) {
      over = true;
      return show(NO_LINK, false);
    }
    const { person, title } = await answer.json();
    document.title = [person, title, "doubleread"].filter(Boolean).join(" · ");
    $("terminal").dataset.sessionWebsocketUrl =
      `${window.location.origin.replace(/^http/, "ws")}${window.location.pathname}ws`;
    // The terminal measures the font once.
    await Promise.allSettled(["", "bold ", "italic "].map((style) => document.fonts.load(`${style}16px "Roboto Mono"`)));
    const script = document.createElement("script");
    script.src = new URL("textual.js", document.querySelector("script[src]").src);
    script.onload = () => {
      if (typeof window.onload === "function") window.onload();
      focus();
    };
    document.head.append(script);
  };
  start();
})();
