// Makes pages a little better where there is script; each of them works without.

// Menus close on Escape and on a click elsewhere.
const menus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
  }
});

// What has to be mended is read out first.
document.querySelector("[data-focus]")?.focus();

// Answers that wait on this device for the line to come back (player.js): signing out on a shared computer
// warns of them, then removes them.
document.addEventListener(
  "submit",
  (event) => {
    if (!("signOut" in event.target.dataset)) return;
    const unsent = Object.keys(localStorage).filter((key) => key.startsWith("lms-unsent:"));
    if (unsent.length && !confirm(event.target.dataset.signOut)) {
      event.preventDefault();
      event.stopPropagation();
      return;
    }
    for (const key of unsent) localStorage.removeItem(key);
  },
  true,
);

// A form is sent once, however often its button is pressed; coming back to the page makes it ready again.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) return event.preventDefault();
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

// A table that fits needs no stop for the keyboard.
const fit = () => {
  for (const box of document.querySelectorAll(".table-scroll")) box.tabIndex = box.scrollWidth > box.clientWidth ? 0 : -1;
};
addEventListener("resize", fit);
document.addEventListener("toggle", fit, true);
fit();

// A button that prints is of use only where there is script: it is hidden until here.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
