// The board with script: a shift is dragged to a person or onto somebody's shift, or a balance to a lighter one, and what it
// would do is shown at once; the same by touch and by keyboard. And the page of the solver, which looks again by itself. Without script all of it goes by
// links and forms.
"use strict";
(() => {
  const board = () => document.getElementById("board");
  const panel = () => document.getElementById("effect");
  const say = (text) => { const heard = document.getElementById("heard"); if (heard) heard.textContent = text; };
  const known = new Map();
  let carried = null, target = null, asked = 0;

  const address = (path, fields) => board().dataset.base + path + "?" + new URLSearchParams(fields);

  // The answer's text; nothing where somebody is signed out or it is refused.
  const fetched = async (url) => {
    const answer = await fetch(url, { headers: { Accept: "text/html" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return answer.text();
  };

  const slotOf = (chip) => chip.getAttribute("href").split("/slots/")[1];
  const fixed = (chip) => chip.classList.contains("fixed");

  const pickUp = (element) => {
    if (element.classList.contains("tally")) {
      return { element, from: element.closest("tr").dataset.p, label: element.closest("tr").querySelector(".name").textContent };
    }
    if (fixed(element)) return null;
    const row = element.closest("tr[data-p]");
    return { element, slot: slotOf(element), from: row ? row.dataset.p : null, label: element.getAttribute("aria-label") };
  };

  // Where something may be put: a person's row, or a shift of somebody else for which a shift is exchanged.
  const rowOf = (place) => place.closest("tr[data-p]");
  const isChip = (place) => place.classList.contains("chip");
  const exchangeable = (chip) => !fixed(chip) && carried.slot && carried.from && rowOf(chip).dataset.p !== carried.from;
  const placeAt = (element) => {
    if (!carried || !element || !element.closest) return null;
    const chip = element.closest(".people .chip");
    return chip && exchangeable(chip) ? chip : element.closest(".people tr[data-p]");
  };
  const isOwn = (place) => !isChip(place) && place.dataset.p === carried.from;

  const ways = (what, place) => {
    const person = rowOf(place).dataset.p;
    if (!what.slot) return address("/moves", { part: "1", from: what.from, to: person });
    const fields = { part: "1", slot: what.slot, ...(isChip(place) ? { other: slotOf(place) } : { person }) };
    if (document.getElementById("whole").checked) fields.whole = "on";
    return address("/effect", fields);
  };

  // What it would do to put something there; asked once for as long as the board is as it is.
  const weigh = (what, place) => {
    const url = ways(what, place);
    if (!known.has(url)) {
      known.set(url, fetched(url).catch(() => {
        // signed out, or the board is another meanwhile: the page itself says what is the matter
        location.assign(url.replace("part=1&", ""));
        return new Promise(() => {});
      }));
    }
    return known.get(url);
  };

  const mark = (place) => {
    if (target) target.classList.remove("target", "breaks");
    target = place;
    if (place) place.classList.add("target");
  };

  const show = (text, place) => {
    const told = panel();
    told.hidden = false;
    told.innerHTML = text;
    const breaks = told.querySelector(".effect").dataset.breaks;
    place.classList.toggle("breaks", place === target && Boolean(breaks) && breaks !== "0");
    say(told.querySelector("h2").textContent + ". " + [...told.querySelectorAll(".badge, .list li")].map((one) => one.textContent).join(". "));
  };

  // Shows what it would do to put what is carried there, unless another place has been asked about meanwhile.
  const look = async (place) => {
    if (place === target) return;
    mark(place);
    const mine = ++asked;
    if (isOwn(place)) return;
    const begun = performance.now(), text = await weigh(carried, place);
    if (mine !== asked) return;
    show(text, place);
    performance.measure("effect-shown", { start: begun, end: performance.now() });
  };

  const letGo = () => {
    if (carried) carried.element.classList.remove("carried");
    carried = null;
    mark(null);
    board().classList.remove("dragging");
  };

  // Sends a form's fields, and shows the board as it is afterwards.
  const send = async (fields, back) => {
    const body = new URLSearchParams(fields);
    body.delete("csrf");
    const answer = await fetch(board().dataset.base + "/assign", { method: "POST", body, headers: { "X-CSRF-Token": board().dataset.token } });
    const path = new URL(answer.url).pathname;
    if (!answer.ok || path !== board().dataset.base) {
      location.assign(answer.ok ? answer.url : location.href);
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const was = document.querySelector(".scroll.board"), left = was.scrollLeft, top = was.scrollTop;
    const whole = document.getElementById("whole").checked;
    board().replaceWith(page.getElementById("board"));
    prepare();
    document.getElementById("whole").checked = whole;
    const now = document.querySelector(".scroll.board");
    now.scrollLeft = left;
    now.scrollTop = top;
    known.clear();
    const notice = page.querySelector("main > .notice");
    say(notice ? notice.textContent : "");
    const place = panel();
    place.hidden = false;
    const told = document.createElement("p");
    told.textContent = notice ? notice.textContent : "";
    place.replaceChildren(told);
    if (back) {
      const button = document.createElement("button");
      button.className = "small plain";
      button.textContent = board().dataset.back;
      button.addEventListener("click", () => send({ ...back, counter: board().dataset.counter }));
      place.append(button);
      button.focus({ preventScroll: true });
    }
  };

  const drop = async (place) => {
    const what = carried;
    if (!what || !place || isOwn(place)) {
      letGo();
      return;
    }
    letGo();
    const mine = ++asked, text = await weigh(what, place);
    if (mine !== asked) return;
    show(text, place);
    const told = panel(), effect = told.querySelector(".effect");
    if (!what.slot || effect.dataset.breaks !== "0") {
      const first = told.querySelector("#reason, button, a.button");
      if (first) first.focus();
      return;
    }
    const fields = Object.fromEntries(new FormData(told.querySelector("form")));
    // an exchange is taken back by another
    await send(fields, fields.other ? fields : { ...fields, person: what.from || "" });
  };

  const rows = () => [...document.querySelectorAll(".people tr[data-p]")];
  const step = (by) => {
    const all = rows(), at = all.indexOf(rowOf(target || carried.element));
    const next = all[Math.max(0, Math.min(all.length - 1, at + by))];
    next.scrollIntoView({ block: "nearest" });
    look(next);
  };
  // Along the shifts of the person who is chosen; before the first is the person.
  const along = (by) => {
    if (!target) return;
    const all = [rowOf(target), ...[...rowOf(target).querySelectorAll(".chip")].filter(exchangeable)];
    const next = all[Math.max(0, Math.min(all.length - 1, all.indexOf(target) + by))];
    if (isChip(next)) next.scrollIntoView({ block: "nearest", inline: "center" });
    look(next);
  };

  document.addEventListener("dragstart", (event) => {
    const element = event.target.closest ? event.target.closest(".chip, a.tally") : null;
    if (!element || !board() || !board().dataset.draft) return;
    if (touched) { event.preventDefault(); return; }
    carried = pickUp(element);
    if (!carried) { event.preventDefault(); return; }
    event.dataTransfer.setData("text/plain", carried.label);
    event.dataTransfer.effectAllowed = "move";
    // what is shown must not lie in the way of a drop; not at once, or the browser ends the drag
    setTimeout(() => board().classList.add("dragging"), 0);
    element.classList.add("carried");
  });
  const over = (event) => {
    const place = placeAt(event.target);
    if (!place) return;
    event.preventDefault();
    look(place);
  };
  document.addEventListener("dragenter", over);
  document.addEventListener("dragover", over);
  document.addEventListener("drop", (event) => {
    const place = placeAt(event.target);
    if (!place) return;
    event.preventDefault();
    drop(place);
  });
  document.addEventListener("dragend", () => letGo());

  // By touch: held for a moment it is picked up, moved at once the board is scrolled as ever.
  const HOLD = 350, SLIP = 8, EDGE = 48;
  let touched = null;
  const under = (touch) => placeAt(document.elementFromPoint(touch.clientX, touch.clientY));
  const release = () => {
    if (touched) clearTimeout(touched.timer);
    touched = null;
  };
  const lift = () => {
    carried = touched && pickUp(touched.element);
    if (!carried) return;
    touched.held = true;
    carried.element.classList.add("carried");
    board().classList.add("dragging");
    if (navigator.vibrate) navigator.vibrate(20);
  };
  const nearEdge = (touch) => {
    const place = document.querySelector(".scroll.board"), box = place.getBoundingClientRect();
    const bottom = Math.min(box.bottom, innerHeight), right = Math.min(box.right, innerWidth);
    const by = (at, low, high) => (at < low + EDGE ? -12 : at > high - EDGE ? 12 : 0);
    place.scrollBy(by(touch.clientX, box.left, right), by(touch.clientY, Math.max(box.top, 0), bottom));
  };
  document.addEventListener("touchstart", (event) => {
    release();
    const element = event.target.closest ? event.target.closest(".chip, a.tally") : null;
    if (!element || !board() || !board().dataset.draft || event.touches.length > 1) return;
    const { clientX: x, clientY: y } = event.touches[0];
    touched = { element, x, y, held: false, timer: setTimeout(lift, HOLD) };
  }, { passive: true });
  document.addEventListener("touchmove", (event) => {
    if (!touched) return;
    const touch = event.touches[0];
    if (!touched.held) {
      if (Math.hypot(touch.clientX - touched.x, touch.clientY - touched.y) > SLIP) release();
      return;
    }
    event.preventDefault();
    const place = under(touch);
    if (place) look(place);
    nearEdge(touch);
  }, { passive: false });
  document.addEventListener("touchend", (event) => {
    const held = touched && touched.held;
    release();
    if (!held) return;
    event.preventDefault();
    drop(under(event.changedTouches[0]));
  }, { passive: false });
  document.addEventListener("touchcancel", () => {
    const held = touched && touched.held;
    release();
    if (held) letGo();
  });
  document.addEventListener("contextmenu", (event) => {
    if (touched && touched.held) event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    const on = event.target.closest ? event.target.closest(".people .chip, .roles .chip, a.tally") : null;
    if (!carried && event.key === " " && on && board().dataset.draft) {
      carried = pickUp(on);
      if (!carried) return;
      event.preventDefault();
      on.classList.add("carried");
      say(board().dataset.picked.replace("{what}", carried.label));
      return;
    }
    if (!carried) return;
    const keys = { ArrowDown: () => step(1), ArrowUp: () => step(-1), ArrowRight: () => along(1), ArrowLeft: () => along(-1), Enter: () => drop(target), Escape: () => { asked++; letGo(); panel().hidden = true; say(board().dataset.left); } };
    if (!keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.closest("#effect")) return;
    event.preventDefault();
    send(Object.fromEntries(new FormData(event.target, event.submitter)));
  });

  // What is said in words of a day or a shift, for whoever points at it.
  document.addEventListener("mouseover", (event) => {
    const chip = event.target.closest ? event.target.closest(".chip, .tally") : null;
    const cell = chip || !event.target.closest ? null : event.target.closest(".people td");
    if (chip && chip.hasAttribute("aria-label")) chip.title = chip.getAttribute("aria-label");
    const said = cell && cell.querySelector(".hidden");
    if (said) cell.title = said.textContent;
  });

  // A long roster begins with what is over: today is moved into sight.
  const toToday = () => {
    const place = document.querySelector(".scroll.board"), today = place && place.querySelector("th.today");
    if (today) place.scrollLeft = today.offsetLeft - place.querySelector("tbody th").offsetWidth - today.offsetWidth;
  };

  const prepare = () => {
    if (!board() || !board().dataset.draft) return;
    for (const one of document.querySelectorAll(".by-script")) one.hidden = false;
    for (const one of document.querySelectorAll(".board .chip:not(.fixed), a.tally")) one.draggable = true;
  };

  // The solver's page.
  const follow = async () => {
    const place = document.getElementById("solving");
    if (!place || !place.dataset.running) return;
    try {
      place.outerHTML = await fetched(place.dataset.path + "?part=1");
    } catch (gone) {
      location.reload();
      return;
    }
    if (document.getElementById("solving").dataset.running) setTimeout(follow, 700);
    else location.reload();
  };

  prepare();
  toToday();
  setTimeout(follow, 300);
})();
