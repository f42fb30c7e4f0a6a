// Asks the administration API. The token is kept for this tab alone.

export const token = {
  get: () => sessionStorage.getItem("token"),
  set: (text) => sessionStorage.setItem("token", text),
  forget: () => sessionStorage.removeItem("token"),
};

export class APIError extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

export async function call(method, path, { query = {}, body, signal } = {}) {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== "");
  const search = new URLSearchParams(given).toString();
  const headers = { Authorization: `Bearer ${token.get() ?? ""}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(`/api/v1${path}${search ? "?" + search : ""}`, {
      method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new APIError(0, "The broker cannot be reached.");
  }
  if (answer.status === 204) return null;
  if (!answer.ok) {
    const text = await answer.text();
    let message = text || answer.statusText;
    try { message = JSON.parse(text).error ?? message; } catch { /* It is no JSON: as it is. */ }
    throw new APIError(answer.status, message);
  }
  return answer;
}

export async function get(path, query, signal) {
  return (await call("GET", path, { query, signal })).json();
}

/// Calls back when it has begun and for each Server-Sent Event, until it is aborted.
export async function follow(path, query, signal, begun, event) {
  const answer = await call("GET", path, { query, signal });
  begun();
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    const parts = (rest + value).split("\n\n");
    rest = parts.pop();
    for (const part of parts) {
      const line = part.split("\n").find((text) => text.startsWith("data: "));
      if (line) event(JSON.parse(line.slice(6)));
    }
  }
}
