// The player with script: it remembers the place to the paragraph and keeps answers when the line is down.
// Each page works without it.

const frame = document.querySelector("[data-offline]");
const line = document.querySelector("[data-line]");

// -- The line ------------------------------------------------------------------------------------------

const say = (text) => {
  if (!line) return;
  line.textContent = text;
  line.hidden = !text;
};
addEventListener("offline", () => say(frame?.dataset.offline));
addEventListener("online", () => say(frame?.dataset.online));

// -- The place, to the paragraph -----------------------------------------------------------------------

const text = document.querySelector("[data-place-at]");
if (text) {
  const parts = [...text.children];
  const goTo = Number(text.dataset.place);
  if (goTo > 0 && parts[goTo] && !location.hash) {
    const note = document.createElement("p");
    note.className = "here-note";
    note.lang = document.documentElement.lang;
    note.dir = document.documentElement.dir;
    note.textContent = text.dataset.here;
    parts[goTo].before(note);
    note.scrollIntoView({ block: "start", behavior: "instant" });
  }

  const top = () => parts.findLastIndex((part) => part.getBoundingClientRect().top < innerHeight / 3);
  let told = goTo || -1;
  let timer = 0;
  const tell = () => {
    const at = Math.max(0, top());
    if (at === told) return;
    told = at;
    const body = new URLSearchParams({ csrf_token: text.dataset.token, paragraph: at });
    fetch(text.dataset.placeAt, { method: "POST", body, keepalive: true }).catch(() => (told = -1));
  };
  const soon = () => {
    clearTimeout(timer);
    timer = setTimeout(tell, 1200);
  };
  addEventListener("scroll", soon, { passive: true });
  addEventListener("pagehide", tell);
  soon();
}

// -- Answers, kept on this device until they are sent ---------------------------------------------------

for (const done of document.querySelectorAll("[data-clear]")) forget(done.dataset.clear);

// What was sent is forgotten by the page that the server answers with, never before: an answer that is no page
// of the player (the line broke, the sign-in had ended) leaves everything here.
const sending = (key) => sessionStorage.setItem("lms-sending", JSON.stringify([key, location.href.split("#")[0]]));
const [sentKey, sentFrom] = JSON.parse(sessionStorage.getItem("lms-sending") || "[]");
sessionStorage.removeItem("lms-sending");
if (sentKey && document.referrer === sentFrom && !document.querySelector("[data-drafts]")) forget(sentKey);

const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => name !== "csrf_token" && typeof value === "string");

const fill = (form, fields) => {
  for (const input of form.querySelectorAll("input[type=radio], input[type=checkbox]")) {
    input.checked = fields.some(([name, value]) => name === input.name && value === input.value);
  }
  for (const [name, value] of fields) {
    const input = form.elements.namedItem(name);
    if (input && "value" in input && !["radio", "checkbox"].includes(input.type)) input.value = value;
  }
};

for (const form of document.querySelectorAll("[data-drafts]")) {
  const key = new URL(form.action).pathname;
  const status = form.querySelector("[data-form-line]");
  let timer = 0;
  let changes = 0;

  const mark = (question) => {
    const place = question?.querySelector("[data-unsent-mark]");
    if (!place) return;
    place.textContent = form.dataset.unsent;
    place.hidden = false;
  };
  const unmark = () => {
    for (const place of form.querySelectorAll("[data-unsent-mark]")) {
      place.hidden = true;
      place.textContent = "";
    }
  };
  const send = async () => {
    clearTimeout(timer);
    if (!stored(key)) return;
    const sent = changes;
    const body = new URLSearchParams([...fieldsOf(form), ["do", "draft"]]);
    body.set("csrf_token", form.elements.csrf_token.value);
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
      if (answer.status >= 500) throw new Error("the server cannot take it now");
      if (sent !== changes) return; // something was written meanwhile; the next one sends it
      if (answer.ok) {
        forget(key);
        unmark();
        status.textContent = form.dataset.saved;
      }
    } catch {
      status.textContent = form.dataset.kept;
      timer = setTimeout(send, 20_000);
    }
  };
  const changed = (event) => {
    changes += 1;
    keep(key, fieldsOf(form));
    mark(event.target.closest("[data-question]"));
    clearTimeout(timer);
    timer = setTimeout(send, 1000);
  };

  const earlier = stored(key);
  if (earlier) {
    fill(form, earlier);
    form.querySelectorAll("[data-question]").forEach(mark);
    send();
  }
  form.addEventListener("input", changed);
  addEventListener("online", send);
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    keep(key, fieldsOf(form));
    if (navigator.onLine) return sending(key);
    event.preventDefault();
    form.querySelectorAll("[data-question]").forEach(mark);
    status.textContent = form.dataset.kept;
  });
}

// A long text has no draft on the server: it stays here until it is handed in.
for (const area of document.querySelectorAll("[data-keep]")) {
  const key = area.dataset.keep;
  const status = area.form.querySelector("[data-form-line]");
  const earlier = stored(key);
  if (earlier) {
    area.value = earlier[0][1];
    status.textContent = area.dataset.kept;
  }
  area.addEventListener("input", () => {
    if (!area.value) return forget(key);
    keep(key, [[area.name, area.value]]);
    status.textContent = area.dataset.kept;
  });
  area.form.addEventListener("submit", (event) => {
    if (navigator.onLine) return;
    event.preventDefault();
    status.textContent = area.dataset.kept;
  });
}
