// A line chart of one or two series, drawn as SVG; the caption says the same in words.

import { element } from "/page.js";

const space = "http://www.w3.org/2000/svg";
const width = 300;
const height = 100;

export class Chart {
  constructor(title, names, format, points = 90) {
    this.names = names;
    this.format = format;
    this.points = points;
    this.series = names.map(() => []);
    this.svg = document.createElementNS(space, "svg");
    this.svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.svg.setAttribute("preserveAspectRatio", "none");
    this.svg.setAttribute("aria-hidden", "true");
    this.caption = element("figcaption");
    this.element = element("figure", { class: "panel" }, element("h2", {}, title), this.svg, this.caption);
  }

  add(values) {
    values.forEach((value, index) => {
      this.series[index].push(value);
      if (this.series[index].length > this.points) this.series[index].shift();
    });
    this.draw();
  }

  draw() {
    const most = Math.max(...this.series.flat(), 1e-9);
    const lines = this.series.map((series, index) => {
      const line = document.createElementNS(space, "polyline");
      const start = this.points - series.length;
      line.setAttribute("points", series.map((value, place) =>
        `${((start + place) / (this.points - 1) * width).toFixed(1)},${(height - 2 - value / most * (height - 6)).toFixed(1)}`
      ).join(" "));
      line.setAttribute("fill", "none");
      line.setAttribute("stroke-width", "2");
      line.setAttribute("vector-effect", "non-scaling-stroke");
      line.setAttribute("class", index === 0 ? "first" : "second");
      return line;
    });
    const grid = [2, height / 2, height - 2].map((y) => {
      const line = document.createElementNS(space, "line");
      for (const [name, value] of Object.entries({ x1: 0, x2: width, y1: y, y2: y })) line.setAttribute(name, value);
      line.setAttribute("class", "grid");
      line.setAttribute("vector-effect", "non-scaling-stroke");
      return line;
    });
    this.svg.replaceChildren(...grid, ...lines);
    this.caption.replaceChildren(
      ...this.names.map((name, index) =>
        element("span", { class: index === 0 ? "first" : "second" }, `${name} ${this.format(this.series[index].at(-1) ?? 0)}`)),
      element("span", {}, `most ${this.format(Math.max(...this.series.flat(), 0))}`));
  }
}
