// Keeps a page as it stands: every message of the page's stream, however many
// come, has htmx ask for the page anew, at most once in calm ms, and once more
// lag ms after the last: lists and counts come later than the events. Without
// this script the pages work, and stand still.
"use strict";

(() => {
  const calm = 600, lag = 2500;
  const pulse = document.getElementById("pulse"), calmly = pulse.textContent;
  const stream = document.body.dataset.live;
  const say = (state, words) => {
    if (pulse.dataset.state !== state) {
      pulse.dataset.state = state;
      pulse.textContent = words;
    }
  };

  let asked = 0, waiting = 0;
  const refresh = () => {
    if (waiting) return;
    waiting = setTimeout(() => {
      waiting = 0;
      asked = Date.now();
      htmx.trigger(document.body, "live");
    }, Math.max(100, asked + calm - Date.now()));
  };

  let last = 0;
  const heard = () => {
    refresh();
    clearTimeout(last);
    last = setTimeout(refresh, lag);
  };

  // The browser reconnects by itself, with Last-Event-ID, unless it was refused:
  // then this does, and the page is asked for anew in any case.
  let source, pause = 1000;
  const ended = () => document.querySelector("[data-final]") !== null;
  const connect = () => {
    source?.close();
    if (document.hidden) return;
    source = new EventSource(stream);
    source.onopen = () => { pause = 1000; say("live", "live"); heard(); };
    source.onmessage = heard;
    source.onerror = () => {
      if (ended()) return finish();
      say("away", "not live, trying again");
      if (source.readyState === EventSource.CLOSED) {
        setTimeout(connect, pause);
        pause = Math.min(2 * pause, 30000);
      }
    };
  };
  const finish = () => { source?.close(); say("still", "ended"); };
  // A browser has some six connections to a host that speaks HTTP/1.1: pages that
  // nobody looks at leave them to the one that somebody does.
  const look = () => { if (ended()) finish(); else connect(); };
  if (stream) {
    look();
    document.addEventListener("visibilitychange", look);
  }

  // What is new, or stands otherwise than before, is shown as such for a moment.
  let before = null;
  const rows = () => new Map([...document.querySelectorAll("[data-row]")].map((r) => [r.dataset.row, r.dataset.state]));
  document.body.addEventListener("htmx:beforeSwap", (e) => {
    if (e.detail.shouldSwap && "failed" in document.body.dataset) { // no failure any more: all of the page is another
      e.detail.shouldSwap = false;
      location.reload();
    }
    before = rows();
  });
  document.body.addEventListener("htmx:afterSettle", () => {
    if (before) {
      for (const row of document.querySelectorAll("[data-row]")) {
        if (before.get(row.dataset.row) !== row.dataset.state) row.classList.add("fresh");
      }
    }
    before = null;
    if (!stream) say("asking", calmly);
    else if (ended()) finish();
    else if (source?.readyState === EventSource.OPEN) say("live", "live");
  });
  for (const failure of ["htmx:responseError", "htmx:sendError"]) {
    document.body.addEventListener(failure, () => say("away", "no answer, trying again"));
  }
})();
