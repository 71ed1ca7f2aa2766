// The facilitators' list on a poor line: marks are kept on this device until the server has them. Each has an id of its
// own, so that one that is sent twice is one. Without script each mark is a plain form.

const list = document.querySelector("[data-attendance]");
const line = list?.querySelector("[data-line]");

if (list) {
  const says = list.dataset;
  const key = new URL(location.href).pathname;
  const reasons = JSON.parse(says.reasons);
  let sending = false;
  let timer = 0;

  const queue = () => stored(key) || [];
  const tell = (person, words, detail = "") => {
    const place = document.getElementById(`person-${person}`)?.querySelector("[data-state]");
    if (place) place.textContent = detail ? `${words} ${detail}` : words;
  };
  const words = (mark) => (mark.minutes === 0 ? says.notThere : mark.minutes >= says.minutes ? says.there : `${says.there}, ${mark.minutes}′`);
  const show = () => queue().forEach((mark) => tell(mark.person, words(mark), `– ${says.unsent}`));

  const answered = (sent, results) => {
    const done = new Map(results.map((each) => [each.client_id, each]));
    const left = queue().filter((mark) => !done.has(mark.client_id));
    left.length ? keep(key, left) : forget(key);
    for (const mark of sent) {
      const answer = done.get(mark.client_id);
      if (!answer) continue;
      if (answer.is_taken) tell(mark.person, words(mark));
      else tell(mark.person, says.refused, reasons[answer.why] || answer.detail);
    }
    show();
  };

  const send = async () => {
    clearTimeout(timer);
    const marks = queue().slice(0, 500);
    if (!marks.length || sending) return;
    sending = true;
    try {
      const body = JSON.stringify({
        marks: marks.map(({ made, ...mark }) => ({ ...mark, ago_seconds: Math.max(0, Math.round((Date.now() - made) / 1000)) })),
      });
      const headers = { "Content-Type": "application/json", "X-CSRF-Token": says.token };
      const answer = await fetch(says.attendance, { method: "POST", body, headers });
      if ([401, 403].includes(answer.status)) line.textContent = says.signedOut;
      else if (!answer.ok) throw new Error("the server cannot take it now");
      else {
        answered(marks, (await answer.json()).results);
        line.textContent = queue().length ? says.kept : says.sent;
      }
    } catch {
      line.textContent = says.kept;
    }
    sending = false;
    if (queue().length) timer = setTimeout(send, 15_000);
  };

  list.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-mark]");
    const choice = event.submitter?.value;
    const minutes = choice === "present" ? Number(says.minutes) : choice === "absent" ? 0 : Number.parseInt(form.elements.minutes.value, 10);
    if (!form || !Number.isInteger(minutes) || minutes < 0) return; // the server says what is wrong
    if (says.late && !form.elements.reason.value.trim()) return;
    event.preventDefault();
    const mark = {
      client_id: crypto.randomUUID ? crypto.randomUUID() : `${Date.now()}-${Math.random().toString(36).slice(2)}`,
      person: form.elements.person.value,
      minutes: Math.min(minutes, Number(says.minutes)),
      reason: form.elements.reason?.value.trim() || "",
      made: Date.now(),
    };
    keep(key, [...queue().filter((each) => each.person !== mark.person), mark]);
    tell(mark.person, words(mark), `– ${says.unsent}`);
    send();
  });
  addEventListener("online", send);
  show();
  send();
}
