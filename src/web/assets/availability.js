// Painting days: press and drag over them, or walk with the arrow keys and paint with the space bar. Without this script
// days are ticked and painted with the button.
"use strict";

(() => {
  const month = document.getElementById("month");
  if (!month) return;
  let dragging = null;
  let busy = false;

  const boxes = () => [...month.querySelectorAll(".day input")];
  const boxAt = (x, y) => document.elementFromPoint(x, y)?.closest(".day")?.querySelector("input");

  const mark = (box) => {
    if (box && dragging && !dragging.has(box)) {
      dragging.add(box);
      box.checked = true;
    }
  };

  // Sends what is ticked as the form would, and takes the month from the page that follows.
  const paint = async (focused) => {
    const form = month.querySelector("#paint");
    const ticked = boxes().filter((box) => box.checked);
    if (busy || ticked.length === 0) return;
    busy = true;
    month.setAttribute("aria-busy", "true");
    const kind = form.elements.kind.value;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
      if (!answer.ok) throw new Error(answer.status);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      month.replaceChildren(...page.getElementById("month").childNodes);
      document.getElementById("done").textContent = page.querySelector(".notice[role=status]")?.textContent ?? "";
      month.querySelector(`[name=kind][value="${kind}"]`).checked = true;
      if (focused) month.querySelector(`.day input[value="${focused}"]`)?.focus();
    } catch {
      form.submit();
    } finally {
      busy = false;
      month.removeAttribute("aria-busy");
    }
  };

  month.addEventListener("pointerdown", (event) => {
    const box = event.target.closest(".day")?.querySelector("input");
    if (!box || event.button !== 0 || busy) return;
    if (event.pointerType !== "touch") event.preventDefault();
    dragging = new Set();
    mark(box);
  });
  document.addEventListener("pointermove", (event) => dragging && mark(boxAt(event.clientX, event.clientY)));
  document.addEventListener("pointerup", () => {
    if (!dragging) return;
    const last = [...dragging].pop();
    dragging = null;
    last?.focus();
    paint(last?.value);
  });
  document.addEventListener("pointercancel", () => {
    dragging?.forEach((box) => { box.checked = false; });
    dragging = null;
  });
  // The press has ticked it already.
  month.addEventListener("click", (event) => {
    if (event.detail > 0 && event.target.closest(".day")) event.preventDefault();
  });

  month.addEventListener("keydown", (event) => {
    const all = boxes();
    const at = all.indexOf(event.target);
    if (at < 0) return;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7 }[event.key];
    if (step) {
      event.preventDefault();
      all[at + step]?.focus();
    } else if (event.key === " ") {
      event.preventDefault();
      event.target.checked = true;
      paint(event.target.value);
    }
  });
})();
