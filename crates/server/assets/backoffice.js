// Keys and small comforts of the back office; every page works without it.
"use strict";

const typing = (element) =>
  element instanceof HTMLElement &&
  (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));

const rows = () => [...document.querySelectorAll("[data-row]")];

const current = () => document.querySelector("[data-row].row-current");

/** Marks a row and shows it. */
const mark = (row) => {
  current()?.classList.remove("row-current");
  row.classList.add("row-current");
  const link = row.querySelector("a[data-open], summary, a");
  (link ?? row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
};

const move = (by) => {
  const all = rows();
  if (all.length === 0) return false;
  const at = all.indexOf(current());
  const next = at < 0 ? (by > 0 ? 0 : all.length - 1) : at + by;
  if (all[next]) mark(all[next]);
  return true;
};

const select = () => {
  const box = current()?.querySelector("input[type=checkbox]");
  if (!box) return false;
  box.click();
  return true;
};

const open = (selector) => {
  const found = document.querySelector(selector);
  if (!found) return false;
  found.click();
  return true;
};

const find = () => {
  const field = document.querySelector("[data-search]");
  if (!field) return false;
  field.focus();
  field.select();
  return true;
};

const help = () => {
  const dialog = document.getElementById("keys");
  if (!dialog || dialog.open) return false;
  dialog.showModal();
  return true;
};

const KEYS = {
  "/": find,
  j: () => move(1),
  k: () => move(-1),
  x: select,
  c: () => open("[data-capture]"),
  "?": help,
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (typing(event.target)) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (document.querySelector("dialog[open]")) return;
  if (KEYS[event.key]?.()) event.preventDefault();
});

for (const button of document.querySelectorAll("[data-help]")) {
  button.hidden = false;
  button.addEventListener("click", help);
}

// One menu at a time, and none after a click beside it or Escape.
const menus = () => document.querySelectorAll("details.drop[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// All rows of a table at once, and how many are selected.
const count = (form) => {
  const chosen = form.querySelectorAll("[data-row] input[type=checkbox]:checked").length;
  for (const place of form.querySelectorAll("[data-chosen]")) place.textContent = String(chosen);
  form.classList.toggle("has-chosen", chosen > 0);
  for (const button of form.querySelectorAll("[data-of-chosen]")) button.disabled = chosen === 0;
};
for (const all of document.querySelectorAll("input[data-all]")) {
  all.hidden = false;
  all.addEventListener("change", () => {
    const boxes = all.form.querySelectorAll("[data-row] input[type=checkbox]");
    for (const box of boxes) if (!box.disabled) box.checked = all.checked;
    count(all.form);
  });
  all.form?.addEventListener("change", () => count(all.form));
  // A browser that goes back keeps what was ticked, and tells of it when the page is shown.
  addEventListener("pageshow", () => count(all.form));
}

// Fields that send their form when they change; without scripts a button does.
for (const field of document.querySelectorAll("[data-sends]")) {
  field.addEventListener("change", () => field.form.requestSubmit());
}
