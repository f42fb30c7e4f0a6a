// Clients and sessions: a list with search, and a page for each.

import { call, get } from "/api.js";
import { action, announce, appendRows, bytes, duration, element, facts, number, table } from "/page.js";

const link = (session) => element("a", { href: `#/client/${encodeURIComponent(session.client)}` }, session.client);

const columns = [
  { title: "Client", cell: link },
  { title: "User", cell: (session) => session.user },
  { title: "Address", whole: true, cell: (session) => session.address ?? "away" },
  { title: "For", whole: true, cell: (session) => session.connected ? duration(session.connectedSeconds) : session.lastDisconnect },
  { title: "Subscriptions", number: true, cell: (session) => number(session.subscriptions) },
  { title: "Queued", number: true, cell: (session) => number(session.queuedMessages) },
  { title: "Received", number: true, cell: (session) => bytes(session.bytesReceived) },
  { title: "Sent", number: true, cell: (session) => bytes(session.bytesSent) },
];

/// A list that is asked for page by page, with a field to search it.
export function pagedList(main, signal, { title, path, label, columns, choices = {}, empty }) {
  const search = element("input", { type: "search", name: "search", autocomplete: "off" });
  const choice = element("select", { name: "choice" }, Object.keys(choices).map((name) => element("option", {}, name)));
  const list = element("div", { "aria-busy": "true" });
  const more = element("button", { type: "button", hidden: true, onclick: () => show(true) }, "More");
  let next;
  let asked = 0;
  async function show(isMore) {
    const number = ++asked;
    const query = { search: search.value, limit: 100, after: isMore ? next : undefined, ...choices[choice.value] };
    const page = await get(path, query, signal);
    if (number !== asked) return;
    next = page.next;
    more.hidden = next === undefined;
    if (isMore) appendRows(list.querySelector("tbody"), columns, page.items);
    else list.replaceChildren(table(title, columns, page.items, empty));
    list.removeAttribute("aria-busy");
    const count = list.querySelectorAll("tbody tr").length;
    status.textContent = `${count} shown${next === undefined ? "" : ", there are more"}.`;
  }
  const attempt = (isMore) => show(isMore).catch((error) => error.name !== "AbortError" && announce(error.message));
  const status = element("p", { class: "faint", role: "status" });
  let typing;
  search.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(() => attempt(false), 250); });
  choice.addEventListener("change", () => attempt(false));
  main.append(
    element("h2", {}, title),
    element("form", { class: "row", role: "search", onsubmit: (event) => { event.preventDefault(); attempt(false); } },
      element("label", { class: "wide" }, label, search),
      Object.keys(choices).length > 0 && element("label", {}, "Which", choice)),
    status, list, more);
  return show(false);
}

export function clients(main, signal) {
  return pagedList(main, signal, {
    title: "Clients", path: "/sessions", columns, empty: "No client is like that.",
    label: "Search by client identifier, user or address",
    choices: { connected: { connected: true }, away: { connected: false }, all: {} },
  });
}

export function subscriptions(main, signal) {
  return pagedList(main, signal, {
    title: "Subscriptions", path: "/subscriptions", empty: "No subscription is like that.",
    label: "Search by topic filter or client identifier",
    columns: [
      { title: "Client", cell: link },
      { title: "Topic filter", cell: (subscription) => subscription.filter },
      { title: "QoS", number: true, cell: (subscription) => String(subscription.qos) },
      { title: "Identifier", number: true, cell: (subscription) => subscription.identifier },
      { title: "No Local", cell: (subscription) => subscription.noLocal ? "yes" : "no" },
    ],
  });
}

const messages = [
  { title: "State", cell: (message) => message.state },
  { title: "Topic", cell: (message) => message.topic },
  { title: "QoS", number: true, cell: (message) => String(message.qos) },
  { title: "Bytes", number: true, cell: (message) => number(message.payloadBytes) },
  { title: "Expires in", number: true, cell: (message) => message.expiresInSeconds === undefined ? "never" : duration(message.expiresInSeconds) },
];

export async function client(main, signal, name) {
  const path = `/sessions/${encodeURIComponent(name)}`;
  const detail = await get(path, {}, signal);
  const session = detail.session;
  const again = () => { main.replaceChildren(); return client(main, signal, name).catch((error) => announce(error.message)); };
  main.append(
    element("h2", {}, `Client ${name}`),
    element("p", {},
      session.connected && action("Disconnect", `End the connection of ${name}?`, async () => {
        await call("DELETE", `/clients/${encodeURIComponent(name)}`);
        announce(`${name} is disconnected.`);
        await again();
      }), " ",
      action("End session", `Discard the session of ${name}, with all that waits for it?`, async () => {
        await call("DELETE", path);
        announce(`The session of ${name} has ended.`);
        location.hash = "#/clients";
      })),
    element("section", { class: "panel" }, facts([
      ["State", session.connected ? `connected for ${duration(session.connectedSeconds)}` : "away"],
      ["User", session.user], ["Certificate", session.certificateName], ["Address", session.address],
      ["Listener", session.listener], ["Protocol", session.version],
      ["Keep alive", session.keepAliveSeconds ? duration(session.keepAliveSeconds) : "none"],
      ["Last heard of", session.connected ? `${duration(session.silentSeconds)} ago` : "–"],
      ["Received, sent", `${bytes(session.bytesReceived)}, ${bytes(session.bytesSent)}`],
      ["In flight", `${number(session.inFlightMessages)} of ${number(session.inFlightMaximum)}`],
      ["Queued", `${number(session.queuedMessages)} messages, ${bytes(session.queuedBytes)}${session.full ? ": full" : ""}`],
      ["Session expiry", session.sessionExpirySeconds === 4294967295 ? "never" : duration(session.sessionExpirySeconds || 0.0)],
      ["Expires in", session.expiresInSeconds === undefined ? "–" : duration(session.expiresInSeconds)],
      ["Last disconnect", session.lastDisconnect],
      ["Will", detail.will ? `${detail.will.topic} (QoS ${detail.will.qos}, ${detail.will.payloadBytes} bytes)` : "none"],
    ])),
    element("h2", {}, "Subscriptions"),
    table(`${detail.subscriptions.length} of ${session.subscriptions}`, [
      { title: "Topic filter", cell: (subscription) => subscription.filter },
      { title: "QoS", number: true, cell: (subscription) => String(subscription.qos) },
      { title: "Identifier", number: true, cell: (subscription) => subscription.identifier },
    ], detail.subscriptions, "It subscribes to nothing."),
    element("h2", {}, "Messages on their way"),
    table(`The first ${detail.inFlight.length + detail.queue.length}`, messages, [...detail.inFlight, ...detail.queue], "Nothing waits for it."));
}
