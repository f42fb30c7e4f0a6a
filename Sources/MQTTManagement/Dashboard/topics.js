// The tree of retained topics, with values, live where the console is connected.

import { call, get } from "/api.js";
import { connection } from "/console.js";
import { action, announce, element, facts, failure, duration, number } from "/page.js";
import { readable } from "/mqtt.js";

export async function topics(main, signal) {
  const side = element("section", { class: "panel", "aria-live": "polite" },
    element("p", { class: "faint" }, "Choose a topic to see what is retained there."));
  const tree = element("div", { class: "tree panel" });
  main.append(element("h2", {}, "Topics"), element("div", { class: "two" }, tree, side));
  let watched;
  let stop = () => {};
  signal.addEventListener("abort", () => stop());

  async function levels(below) {
    const found = await get("/topics", { below }, signal);
    if (found.items.length === 0) return element("p", { class: "faint" }, "Nothing is retained.");
    return element("ul", {}, found.items.map((level) => {
      const topic = below === "" ? level.name : `${below}/${level.name}`;
      const name = level.name === "" ? "(empty)" : level.name;
      const children = element("div");
      const open = level.children && element("button", {
        type: "button", "aria-expanded": "false", "aria-label": `Levels below ${topic}`,
        onclick: async (event) => {
          const button = event.currentTarget;
          const isOpen = button.getAttribute("aria-expanded") === "true";
          button.setAttribute("aria-expanded", String(!isOpen));
          button.textContent = isOpen ? "▸" : "▾";
          if (isOpen) return children.replaceChildren();
          try { children.replaceChildren(await levels(topic)); } catch (error) { children.replaceChildren(failure(error)); }
        },
      }, "▸");
      const value = level.retained
        ? element("button", { type: "button", class: "value", onclick: () => show(topic) }, name)
        : element("span", {}, name);
      return element("li", {}, open || element("span", { "aria-hidden": "true" }, " · "), value, children);
    }));
  }

  async function show(topic) {
    stop();
    watched = topic;
    try {
      const found = await get("/retained/message", { topic }, signal);
      const payload = element("div", { class: "payload" }, pretty(found.payload));
      let known = facts([
        ["QoS", String(found.message.qos)], ["Bytes", number(found.message.payloadBytes)],
        ["Expires in", found.message.expiresInSeconds === undefined ? "never" : duration(found.message.expiresInSeconds)],
      ]);
      const state = element("p", { class: "faint" }, found.encoding === "base64" ? "Base64: it is no text." : found.cut ? "The first 64 KiB." : "");
      side.replaceChildren(
        element("h2", {}, topic),
        known, payload, state,
        action("Delete", `Delete what is retained at ${topic}?`, async () => {
          await call("DELETE", "/retained/message", { query: { topic } });
          announce(`Nothing is retained at ${topic} any more.`);
          side.replaceChildren();
          tree.replaceChildren(await levels(""));
        }));
      const live = connection();
      if (live) {
        stop = await live.watch(topic, (message) => {
          if (watched !== topic) return;
          payload.textContent = pretty(readable(message.payload));
          // At which QoS it came to the broker, and whether it expires, is not told to subscribers.
          const now = facts([["Bytes", number(message.payload.length)]]);
          known.replaceWith(now);
          known = now;
          state.textContent = `Live: ${new Date().toLocaleTimeString()}`;
        });
      }
    } catch (error) {
      if (error.name !== "AbortError") side.replaceChildren(failure(error));
    }
  }

  tree.replaceChildren(await levels(""));
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}
