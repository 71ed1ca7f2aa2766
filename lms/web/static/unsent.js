// What waits on this device for the line to come back; app.js warns of it when someone signs out, and removes it.

const UNSENT = "lms-unsent:";
const stored = (key) => JSON.parse(localStorage.getItem(UNSENT + key) || "null");
const keep = (key, value) => {
  try {
    localStorage.setItem(UNSENT + key, JSON.stringify(value));
  } catch {
    // No room, or not allowed: the page still sends what is in it.
  }
};
const forget = (key) => localStorage.removeItem(UNSENT + key);
