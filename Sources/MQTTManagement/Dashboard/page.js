// Elements, tables, numbers: what all pages are made of. Text from clients only ever becomes text.

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (key === "value") made.value = value;
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/// columns: {title, cell(row) -> text or element, number: true for what stands at the right, whole: true for
/// what is not broken into lines}
export function table(caption, columns, rows, empty = "Nothing.") {
  if (rows.length === 0) return element("p", { class: "faint" }, empty);
  const head = element("tr", {}, columns.map((column) =>
    element("th", { scope: "col", class: column.number && "number" }, column.title)));
  const body = element("tbody");
  appendRows(body, columns, rows);
  const made = element("table", {}, element("caption", {}, caption), element("thead", {}, head), body);
  return element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption }, made);
}

export function appendRows(body, columns, rows) {
  body.append(...rows.map((row) => element("tr", {}, columns.map((column) => {
    const cell = column.cell(row);
    return element("td", { class: (column.number && "number") || (column.whole && "whole") }, cell === undefined || cell === null ? "–" : cell);
  }))));
}

export function facts(entries) {
  return element("dl", { class: "facts" }, entries.flatMap(([name, value]) =>
    [element("dt", {}, name), element("dd", {}, value === undefined || value === null || value === "" ? "–" : value)]));
}

export const number = (value) => value === undefined ? "–" : new Intl.NumberFormat("en").format(value);

export function short(value) {
  return new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 }).format(value);
}

export function bytes(value) {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) { value /= 1024; unit += 1; }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export function duration(seconds) {
  if (seconds === undefined || seconds === null) return "–";
  if (seconds < 0.001) return `${Math.round(seconds * 1e6)} µs`;
  if (seconds < 1) return `${(seconds * 1000).toFixed(1)} ms`;
  const parts = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];
  const found = parts.findIndex(([size]) => seconds >= size);
  const [size, name] = parts[found];
  const rest = parts[found + 1];
  const more = rest ? Math.floor((seconds % size) / rest[0]) : 0;
  return `${Math.floor(seconds / size)} ${name}${more ? ` ${more} ${rest[1]}` : ""}`;
}

export function announce(text) {
  const place = document.getElementById("announcement");
  place.replaceChildren(element("span", {}, text));
  clearTimeout(announce.timer);
  announce.timer = setTimeout(() => place.replaceChildren(), 6000);
}

/// Whether the operator says yes.
export function confirmed(question) {
  const dialog = document.getElementById("confirm");
  document.getElementById("question").textContent = question;
  dialog.returnValue = "no";
  dialog.showModal();
  return new Promise((resolve) =>
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

/// What cannot be shown, and why; that something is not configured is no failure.
export const failure = (error) => error.status === 501
  ? element("p", { class: "faint" }, `${error.message[0].toUpperCase()}${error.message.slice(1)}.`)
  : element("p", { class: "error", role: "alert" }, error.message);

/// A button that does something that can fail, after a question if there is one.
export function action(title, question, work, kind = "danger") {
  const button = element("button", { type: "button", class: kind, onclick: async () => {
    if (question && !(await confirmed(question))) return;
    button.disabled = true;
    try { await work(); } catch (error) { announce(error.message); } finally { button.disabled = false; }
  } }, title);
  return button;
}
