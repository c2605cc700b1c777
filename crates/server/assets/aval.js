// Makes pages nicer where scripts run; every page works without it.
"use strict";

const say = (text) => {
  const place = document.getElementById("said");
  if (place) place.textContent = text;
};

const copyByHand = (text) => {
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "unseen";
  area.setAttribute("aria-hidden", "true");
  document.body.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  return copied;
};

const copy = async (text) => {
  // The clipboard is there on secure pages only; the old way works on the others.
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyByHand(text);
  }
};

for (const button of document.querySelectorAll("button[data-copy]")) {
  const label = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const copied = await copy(document.getElementById(button.dataset.copy).textContent);
    button.focus();
    if (!copied) return;
    button.textContent = document.body.dataset.copied;
    button.classList.add("copy-done");
    say(document.body.dataset.copied);
    setTimeout(() => {
      button.textContent = label;
      button.classList.remove("copy-done");
      say("");
    }, 2000);
  });
}

for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", () => {
    // Only after the form was read, or the button's own value would not be sent.
    setTimeout(() => {
      for (const button of form.querySelectorAll("button")) button.disabled = true;
    });
  });
}

// After a decision the buyer goes back to the shop without another press; there is time to read.
const back = document.querySelector("form[data-return]");
if (back) {
  for (const note of document.querySelectorAll("[data-going]")) note.hidden = false;
  const going = setTimeout(() => back.requestSubmit(), 6000);
  back.addEventListener("submit", () => clearTimeout(going));
}

// A page that comes back from the browser's memory must not show a button that cannot be pressed.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("form button")) button.disabled = false;
});

for (const button of document.querySelectorAll("button[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
