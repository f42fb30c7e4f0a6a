// A small MQTT 3.1.1 client over WebSocket: QoS 0 and 1, enough to look and to try.

const encoder = new TextEncoder();
const decoder = new TextDecoder();

function string(text) {
  const bytes = encoder.encode(text);
  return [bytes.length >> 8, bytes.length & 255, ...bytes];
}

function packet(first, body) {
  const length = [];
  let rest = body.length;
  do {
    length.push((rest & 127) | (rest > 127 ? 128 : 0));
    rest >>= 7;
  } while (rest > 0);
  return new Uint8Array([first, ...length, ...body]);
}

export class MQTT {
  constructor(url, { user, password, onmessage, onclose }) {
    this.onmessage = onmessage;
    this.onclose = onclose;
    this.identifier = 0;
    this.waiting = new Map();
    this.bytes = new Uint8Array();
    this.opened = new Promise((resolve, reject) => { this.resolve = resolve; this.reject = reject; });
    this.socket = new WebSocket(url, "mqtt");
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => this.connect(user, password);
    this.socket.onmessage = (event) => this.received(new Uint8Array(event.data));
    this.socket.onclose = () => {
      clearInterval(this.pinging);
      this.reject(new Error("The connection was closed: is it the broker's WebSocket, and may you come in?"));
      this.onclose?.();
    };
  }

  connect(user, password) {
    const name = `dashboard-${Math.random().toString(36).slice(2, 10)}`;
    const flags = 2 | (user ? 128 : 0) | (user && password ? 64 : 0);
    this.socket.send(packet(0x10, [
      ...string("MQTT"), 4, flags, 0, 30, ...string(name),
      ...(user ? string(user) : []), ...(user && password ? string(password) : []),
    ]));
    this.pinging = setInterval(() => this.socket.send(new Uint8Array([0xC0, 0])), 20000);
  }

  async subscribe(filter, qos = 0) {
    const identifier = this.next();
    const granted = this.answer(identifier);
    this.socket.send(packet(0x82, [identifier >> 8, identifier & 255, ...string(filter), qos]));
    const [code] = await granted;
    if (code > 2) throw new Error(`The broker does not allow a subscription to ${filter}.`);
  }

  async unsubscribe(filter) {
    const identifier = this.next();
    const done = this.answer(identifier);
    this.socket.send(packet(0xA2, [identifier >> 8, identifier & 255, ...string(filter)]));
    await done;
  }

  async publish(topic, payload, qos, retain) {
    const identifier = qos > 0 ? this.next() : 0;
    const done = qos > 0 ? this.answer(identifier) : undefined;
    this.socket.send(packet(0x30 | qos << 1 | (retain ? 1 : 0), [
      ...string(topic), ...(qos > 0 ? [identifier >> 8, identifier & 255] : []), ...encoder.encode(payload),
    ]));
    await done;
  }

  close() { this.socket.close(); }

  next() { return this.identifier = this.identifier % 65535 + 1; }

  answer(identifier) { return new Promise((resolve) => this.waiting.set(identifier, resolve)); }

  received(part) {
    const bytes = new Uint8Array(this.bytes.length + part.length);
    bytes.set(this.bytes);
    bytes.set(part, this.bytes.length);
    let start = 0;
    for (;;) {
      let length = 0, place = start + 1, shift = 0, byte;
      do {
        if (place >= bytes.length) { this.bytes = bytes.slice(start); return; }
        byte = bytes[place++];
        length |= (byte & 127) << shift;
        shift += 7;
      } while (byte & 128);
      if (place + length > bytes.length) { this.bytes = bytes.slice(start); return; }
      this.handle(bytes[start], bytes.subarray(place, place + length));
      start = place + length;
    }
  }

  handle(first, body) {
    const identifier = body[0] << 8 | body[1];
    switch (first >> 4) {
      case 2:
        if (body[1] === 0) this.resolve();
        else this.reject(new Error(body[1] >= 4 ? "User name or password is wrong." : `The broker refused: ${body[1]}.`));
        break;
      case 3: {
        const qos = first >> 1 & 3;
        const count = identifier;
        const end = 2 + count + (qos > 0 ? 2 : 0);
        if (qos > 0) this.socket.send(new Uint8Array([0x40, 2, body[2 + count], body[3 + count]]));
        this.onmessage?.({
          topic: decoder.decode(body.subarray(2, 2 + count)), payload: body.slice(end), qos, retain: (first & 1) === 1,
        });
        break;
      }
      case 4: case 9: case 11:
        this.waiting.get(identifier)?.([...body.subarray(2)]);
        this.waiting.delete(identifier);
        break;
    }
  }
}

/// A payload for people: text as it is, anything else in hexadecimal.
export function readable(payload) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(payload);
  } catch {
    return [...payload.slice(0, 1024)].map((byte) => byte.toString(16).padStart(2, "0")).join(" ");
  }
}
