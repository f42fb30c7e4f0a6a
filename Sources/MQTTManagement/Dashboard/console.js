// Publish and subscribe from the page, over the broker's own WebSocket.

import { get } from "/api.js";
import { announce, element } from "/page.js";
import { MQTT, readable } from "/mqtt.js";

const longest = 200;
let current;

/// The open connection, for other pages; undefined: there is none.
export function connection() { return current; }

class Connection {
  constructor(mqtt) {
    this.mqtt = mqtt;
    this.followers = new Set();
    this.filters = new Map();
  }

  async watch(filter, follower) {
    const entry = { filter, follower };
    this.followers.add(entry);
    const count = this.filters.get(filter) ?? 0;
    this.filters.set(filter, count + 1);
    if (count === 0) await this.mqtt.subscribe(filter);
    return () => {
      this.followers.delete(entry);
      const left = this.filters.get(filter) - 1;
      this.filters.set(filter, left);
      if (left === 0) this.mqtt.unsubscribe(filter).catch(() => {});
    };
  }

  arrived(message) {
    for (const { filter, follower } of this.followers) if (matches(filter, message.topic)) follower(message);
  }
}

export function matches(filter, topic) {
  const levels = filter.split("/");
  const names = topic.split("/");
  if (topic.startsWith("$") && !filter.startsWith("$")) return false;
  for (let index = 0; index < levels.length; index += 1) {
    if (levels[index] === "#") return true;
    if (index >= names.length || (levels[index] !== "+" && levels[index] !== names[index])) return false;
  }
  return levels.length === names.length;
}

const field = (title, attributes, isWide) => {
  const input = element("input", { type: "text", autocomplete: "off", ...attributes });
  return { input, element: element("label", { class: isWide && "wide" }, title, input) };
};

export async function consolePage(main, signal) {
  const listeners = (await get("/listeners", {}, signal)).items.map((listener) => listener.url);
  const found = listeners.find((url) => url.startsWith(location.protocol === "https:" ? "wss:" : "ws:"));
  const here = found ? found.replace("0.0.0.0", location.hostname).replace("[::]", location.hostname) : "";
  const url = field("WebSocket of the broker", { value: here, name: "url", required: true }, true);
  const user = field("User", { name: "user" });
  const password = field("Password", { type: "password", name: "password" });
  const filter = field("Topic filter", { value: "#", name: "filter", required: true }, true);
  const topic = field("Topic", { name: "topic", required: true }, true);
  const payload = element("textarea", { name: "payload" });
  const qos = element("select", { name: "qos" }, element("option", {}, "0"), element("option", {}, "1"));
  const retain = element("input", { type: "checkbox", name: "retain" });
  const state = element("p", { role: "status" }, "Not connected.");
  const log = element("tbody");
  const enabled = element("fieldset", { disabled: true, style: undefined });
  enabled.style.border = "0";
  enabled.style.padding = "0";

  function attempt(work) {
    return async (event) => {
      event.preventDefault();
      try { await work(); } catch (error) { announce(error.message); state.textContent = error.message; }
    };
  }

  function show(message) {
    log.prepend(element("tr", {},
      element("td", {}, new Date().toLocaleTimeString()), element("td", {}, message.topic),
      element("td", {}, readable(message.payload).slice(0, 2000)),
      element("td", {}, `QoS ${message.qos}${message.retain ? ", retained" : ""}`)));
    while (log.children.length > longest) log.lastChild.remove();
  }

  function connected() {
    enabled.disabled = false;
    state.textContent = `Connected to ${current.url}.`;
    for (const name of current.filters.keys()) if (current.filters.get(name) > 0) current.watch(name, show).then((stop) => signal.addEventListener("abort", stop));
  }

  main.append(
    element("h2", {}, "Console"),
    ...found ? [] : [element("p", { class: "error" }, "The broker has no WebSocket listener that this page may use: add one such as ws://127.0.0.1:8083/mqtt.")],
    element("form", { class: "row", onsubmit: attempt(async () => {
      current?.mqtt.close();
      state.textContent = "Connecting.";
      let opened;
      const mqtt = new MQTT(url.input.value, {
        user: user.input.value, password: password.input.value,
        onmessage: (message) => opened?.arrived(message),
        onclose: () => {
          if (current !== opened || !opened) return;
          current = undefined;
          enabled.disabled = true;
          state.textContent = "The connection has ended.";
        },
      });
      await mqtt.opened;
      opened = new Connection(mqtt);
      opened.url = url.input.value;
      current = opened;
      connected();
    }) }, url.element, user.element, password.element, element("button", { class: "main" }, "Connect")),
    state, enabled);
  enabled.append(
    element("form", { class: "row", onsubmit: attempt(async () => {
      const stop = await current.watch(filter.input.value, show);
      signal.addEventListener("abort", stop);
      announce(`Subscribed to ${filter.input.value}.`);
    }) }, filter.element, element("button", { class: "main" }, "Subscribe")),
    element("form", { onsubmit: attempt(async () => {
      await current.mqtt.publish(topic.input.value, payload.value, Number(qos.value), retain.checked);
      announce("Published.");
    }) },
      element("div", { class: "row" }, topic.element),
      element("label", {}, "Payload", payload),
      element("p", {}, element("label", {}, "QoS", qos), element("label", { class: "check" }, retain, "Retain"),
        element("button", { class: "main" }, "Publish"))),
    element("div", { class: "scroll log", tabindex: "0", role: "region", "aria-label": "Messages" },
      element("table", {}, element("caption", {}, `The last ${longest} messages`),
        element("thead", {}, element("tr", {}, ["Time", "Topic", "Payload", ""].map((title) => element("th", { scope: "col" }, title)))),
        log)));
  if (current) connected();
}
