"use strict";
// Everything that is shown comes from the data block of this file. Text of data is set as text
// (textContent), never as markup; nothing is fetched.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const words = data.words;
  const norwegian = data.language === "nb";
  const months = data.months;
  const last = months.length - 1;
  const reference = Math.max(0, months.findIndex((month) => month.id === data.reference));
  const byCode = new Map(data.municipalities.map((one) => [one.code, one]));
  const collator = new Intl.Collator("nb");
  const sorted = [...data.municipalities].sort((a, b) => collator.compare(a.name, b.name));
  const $ = (id) => document.getElementById(id);

  // --- words and numbers: the one place where numbers become text ---

  const say = (template, values = {}) =>
    template.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
  const named = (group, key) => (words[group] && words[group][key]) || String(key);

  function formatted(value, decimals, sign = false) {
    const digits = Math.abs(value).toFixed(decimals);
    const [whole, part] = digits.split(".");
    const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, norwegian ? "\u2009" : ",");
    const text = part ? grouped + (norwegian ? "," : ".") + part : grouped;
    const zero = Number(digits) === 0;
    return (value < 0 && !zero ? "\u2212" : sign && !zero ? "+" : "") + text;
  }
  const percent = (value) => formatted(value, 1);
  const whole = (value) => formatted(value, 0);
  // a limit beside zero is not written as zero
  const interval = (low, high, decimals) => {
    const hides = (digits) => [low, high].some((limit) => limit && !Number(limit.toFixed(digits)));
    const digits = [0, 1, 2].map((more) => decimals + more).find((k) => !hides(k)) ?? decimals;
    return `${formatted(low, digits)} ${words.to} ${formatted(high, digits)}`.replaceAll(" ", "\u00a0");
  };

  // --- building blocks ---

  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name === "onclick") made.addEventListener("click", value);
      else if (value !== null && value !== false) made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null));
    return made;
  }
  function svg(tag, attributes = {}, ...children) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    made.append(...children);
    return made;
  }
  // A sign in place of a number, with its meaning for who hears the page.
  function sign(why) {
    const key = why === "hidden" ? "hidden" : "missing";
    return element("span", { class: "sign" },
      element("span", { "aria-hidden": "true" }, words[key]),
      element("span", { class: "heard" }, words[`${key}_words`]));
  }
  const shareOf = (one, k) =>
    one.share[k] === null ? sign(one.why[k]) : document.createTextNode(percent(one.share[k]));
  // On narrow screens, what columns that are left out would say.
  const under = (one, k, before = "") => element("span", { class: "narrow quiet" }, before,
    one.residents[k] === null ? sign(one.why[k] || "missing") : whole(one.residents[k]),
    ` ${words.persons}`);
  const mark = (arm) =>
    svg("svg", { class: `mark ${arm}`, viewBox: "0 0 12 12", "aria-hidden": "true" },
      arm === "network" ? svg("circle", { cx: 6, cy: 6, r: 4.5 })
        : arm === "comparison" ? svg("path", { d: "M6 1.2 11 10.4H1z" })
          : svg("rect", { x: 2, y: 2, width: 8, height: 8 }));

  // --- a table whose columns say how they show and sort ---

  function table({ caption, columns, rows, rowHeader = 0, order = null, onSort = null }) {
    const head = element("tr");
    columns.forEach((column, k) => {
      const active = order && order.column === k;
      const direction = !active ? null : order.down ? "descending" : "ascending";
      const heading = element("th", {
        scope: "col",
        class: [column.number ? "number" : "", column.wide ? "wide" : ""].join(" ").trim() || null,
        "aria-sort": direction,
      });
      if (onSort && column.sort) {
        heading.append(element("button", { type: "button", class: "sort", onclick: () => onSort(k) },
          column.head,
          element("span", { class: "arrow", "aria-hidden": "true" },
            !active ? "\u2195" : order.down ? "\u2193" : "\u2191")));
      } else heading.append(column.head);
      head.append(heading);
    });
    const body = element("tbody");
    for (const row of rows) {
      body.append(element("tr", {}, ...columns.map((column, k) => element(
        k === rowHeader ? "th" : "td",
        {
          scope: k === rowHeader ? "row" : null,
          class: [column.number ? "number" : "", column.wide ? "wide" : ""].join(" ").trim() || null,
        },
        ...[column.cell(row)].flat()))));
    }
    return element("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" },
      element("table", {}, element("caption", {}, caption), element("thead", {}, head), body));
  }

  // --- line chart, drawn at the width it has ---

  function chart(holder, { series, whiskers = null, faint = [], label }) {
    const draw = () => {
      const width = Math.max(280, Math.floor(holder.clientWidth));
      const roomy = width >= 640;
      const [left, right, top, bottom] = [34, roomy ? 178 : 14, 46, 30];
      const height = roomy ? 380 : 320;
      const every = [...series.flatMap((one) => one.values), ...faint.flat(),
        ...(whiskers ? whiskers.high : [])].filter((value) => value !== null);
      const most = Math.min(100, Math.max(10, ...every));
      const step = most > 50 ? 20 : most > 20 ? 10 : 5;
      const ceiling = Math.ceil(most / step) * step;
      const [first, final] = [months[0].at - 0.7, months[last].at + 0.7];
      const x = (k) => left + ((months[k].at - first) / (final - first)) * (width - left - right);
      const place = (at) => left + ((at - first) / (final - first)) * (width - left - right);
      const y = (value) => top + (1 - value / ceiling) * (height - top - bottom);
      const picture = svg("svg", {
        class: "chart", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label,
      });
      const text = (at, up, content, attributes = {}) => {
        const made = svg("text", { x: at, y: up, ...attributes });
        made.textContent = content;
        picture.append(made);
        return made;
      };
      text(0, 14, words.axis, { class: "quiet" });
      for (let value = 0; value <= ceiling; value += step) {
        picture.append(svg("line", { class: "grid", x1: left, x2: width - right, y1: y(value), y2: y(value) }));
        text(left - 8, y(value) + 4.5, whole(value), { "text-anchor": "end" });
      }
      months.forEach((month, k) => {
        picture.append(svg("line", { class: "tick", x1: x(k), x2: x(k), y1: height - bottom, y2: height - bottom + 5 }));
      });
      // names of the first month and of as many of the others as have room
      let edge = -Infinity;
      months.forEach((month, k) => {
        const half = month.short.length * 3.9;
        const at = Math.min(Math.max(x(k), half), width - half - 2);
        if (at - half < edge + 8 || Math.abs(at - x(k)) > 12) return;
        text(at, height - 8, month.short, { "text-anchor": "middle" });
        edge = at + half;
      });
      if (data.start > first && data.start < final) {
        const at = place(data.start);
        picture.append(svg("line", { class: "start", x1: at, x2: at, y1: top - 6, y2: height - bottom }));
        text(at, top - 12, words.kick_off, { class: "quiet", "text-anchor": "middle" });
      }
      const line = (values, attributes) => {
        let path = "";
        let pen = false;
        values.forEach((value, k) => {
          if (value === null) { pen = false; return; }
          path += `${pen ? "L" : "M"}${x(k).toFixed(1)} ${y(value).toFixed(1)}`;
          pen = true;
        });
        if (path) picture.append(svg("path", { d: path, fill: "none", ...attributes }));
      };
      faint.forEach((values) => line(values, { class: "faint" }));
      if (whiskers) {
        whiskers.low.forEach((low, k) => {
          if (low === null) return;
          picture.append(svg("line", {
            class: `whisker ${whiskers.kind}`, x1: x(k), x2: x(k), y1: y(low), y2: y(whiskers.high[k]),
          }));
        });
      }
      series.forEach((one) => {
        line(one.values, { class: `line ${one.kind}` });
        one.values.forEach((value, k) => {
          if (value === null) return;
          const [cx, cy] = [x(k), y(value)];
          const shape = one.kind === "comparison"
            ? svg("path", { d: `M${cx} ${cy - 5}l5 8.6h-10z` })
            : one.kind === "mean"
              ? svg("rect", { x: cx - 3, y: cy - 3, width: 6, height: 6 })
              : svg("circle", { cx, cy, r: 4.2 });
          shape.setAttribute("class", `dot ${one.kind}`);
          const hint = svg("title");
          hint.textContent = `${one.name}, ${months[k].name}: ${percent(value)}`;
          shape.append(hint);
          picture.append(shape);
        });
      });
      if (roomy) nameLines(series, { x, y, text });
      holder.replaceChildren(...(roomy ? [] : [legend(series)]), picture);
    };
    draw();
    let drawn = holder.clientWidth;
    new ResizeObserver(() => {
      if (holder.clientWidth === drawn) return;
      drawn = holder.clientWidth;
      draw();
    }).observe(holder);
  }
  // Names beside the ends of their lines, moved apart where they would meet.
  function nameLines(series, { x, y, text }) {
    const ends = series.map((one) => {
      const k = one.values.findLastIndex((value) => value !== null);
      return { one, k, at: k < 0 ? 0 : y(one.values[k]), lines: split(one.name, 22) };
    }).filter((end) => end.k >= 0).sort((a, b) => a.at - b.at);
    ends.forEach((end, k) => {
      const before = ends[k - 1];
      end.top = end.at - end.lines.length * 9 + 4;
      if (before) end.top = Math.max(end.top, before.top + before.lines.length * 18 + 4);
    });
    for (const end of ends) {
      end.lines.forEach((words_, k) =>
        text(x(last) + 14, end.top + 9 + k * 18, words_, { class: `name ${end.one.kind}` }));
    }
  }
  function split(name, width) {
    const lines = [""];
    for (const word of name.split(" ")) {
      const end = lines.length - 1;
      if (lines[end] && lines[end].length + word.length >= width) lines.push(word);
      else lines[end] = lines[end] ? `${lines[end]} ${word}` : word;
    }
    return lines;
  }
  const legend = (series) => element("ul", { class: "legend" }, ...series.map((one) =>
    element("li", { class: `name ${one.kind}` }, mark(one.kind), one.name)));
  function described(series) {
    const parts = series.map((one) => {
      const first = one.values.findIndex((value) => value !== null);
      const end = one.values.findLastIndex((value) => value !== null);
      if (first < 0) return "";
      return say(words.chart_series, {
        name: one.name, first: percent(one.values[first]), from: months[first].name,
        last: percent(one.values[end]), to: months[end].name,
      });
    });
    return say(words.chart_alt, { series: parts.filter(Boolean).join(" ") });
  }

  // --- downloads ---

  function csv(header, rows) {
    const cell = (value) => {
      if (value === null || value === undefined) return "";
      if (typeof value === "number") return norwegian ? String(value).replace(".", ",") : String(value);
      // a spreadsheet must not take text for a formula
      const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
      return /[";,\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
    };
    const lines = [header, ...rows].map((row) => row.map(cell).join(norwegian ? ";" : ","));
    return `\ufeff${lines.join("\r\n")}\r\n`;
  }
  function save(name, content) {
    const address = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
    const link = element("a", { href: address, download: `${name}.csv` });
    document.body.append(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
  }
  const saver = (label, name, content) =>
    element("button", { type: "button", onclick: () => save(name, content()) }, label);
  const simulated = data.simulated ? words.csv.yes : words.csv.no;
  const SERIES = ["code", "name", "county", "group", "size", "region", "month", "share", "low", "high",
    "residents", "mean", "status", "simulated"];
  const seriesRows = (ones) => ones.flatMap((one) => months.map((month, k) => [
    one.code, one.name, one.county, named("arms", one.arm), named("sizes", one.size),
    named("regions", one.region), month.id, one.share[k], one.low[k], one.high[k], one.residents[k],
    one.mean[k], one.share[k] === null ? words[one.why[k]] : "", simulated]));
  const headings = (keys) => keys.map((key) => words.csv[key]);
  const plain = (name) => name.toLowerCase().replaceAll("å", "a").replaceAll("ø", "o")
    .replaceAll("æ", "ae").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const fileName = (text) => plain(text).replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

  // --- one municipality ---

  function overview() {
    const series = ["network", "comparison"].map((arm) =>
      ({ name: words.arms[arm], kind: arm, values: data.means[arm] }));
    const holder = element("div", { class: "plot" });
    $("chosen").replaceChildren(element("h3", {}, words.overview),
      element("p", { class: "quiet" }, words.overview_lead), holder);
    chart(holder, { series, label: described(series) });
  }
  const toMunicipality = (one) => element("a", { href: `#${one.code}` }, one.name);

  function show(one) {
    const peers = one.peers.map((code) => byCode.get(code)).sort((a, b) => collator.compare(a.name, b.name));
    const series = [
      { name: one.name, kind: one.arm, values: one.share },
      { name: words.peers_mean, kind: "mean", values: one.mean },
    ];
    const kind = say(one.kind === "region" ? words.peers_region : words.peers_size,
      { n: whole(peers.length), region: named("regions", one.region) });
    const facts = [
      [words.facts_county, one.county],
      [words.facts_arm, named("arms", one.arm) +
        (one.kick_off ? `, ${say(words.kick_off_on, { day: one.kick_off })}` : "")],
      [words.facts_population, one.population === null ? sign("missing") : whole(one.population)],
      [words.facts_unemployment, one.unemployment === null ? sign("hidden")
        : say(words.unit_share, { value: percent(one.unemployment) })],
      [words.facts_peers, kind],
    ];
    const holder = element("div", { class: "plot" });
    const rows = months.map((month, k) => ({ month, k }));
    const seriesTable = table({
      caption: say(words.series_caption, { name: one.name }),
      rows,
      columns: [
        { head: words.month, cell: ({ month, k }) => [month.name.replaceAll("\u00a0", " "), under(one, k)] },
        { head: words.share, number: true, cell: ({ k }) => (one.low[k] === null ? shareOf(one, k)
          : [shareOf(one, k), element("span", { class: "narrow quiet" }, interval(one.low[k], one.high[k], 1))]) },
        { head: words.chance, number: true, wide: true, cell: ({ k }) => (one.low[k] === null
          ? sign(one.why[k]) : interval(one.low[k], one.high[k], 1)) },
        { head: words.residents, number: true, wide: true, cell: ({ k }) => (one.residents[k] === null
          ? sign(one.why[k] || "missing") : whole(one.residents[k])) },
        { head: words.mean, number: true, cell: ({ k }) => (one.mean[k] === null ? sign("missing")
          : percent(one.mean[k])) },
      ],
    });
    const list = table({
      caption: say(words.list_caption, { month: months[last].name }),
      rows: peers,
      columns: [
        { head: words.municipality, cell: toMunicipality },
        { head: words.group, cell: (peer) => [mark(peer.arm), named("arms_short", peer.arm)] },
        { head: words.share, number: true, cell: (peer) => shareOf(peer, last) },
      ],
    });
    $("chosen").replaceChildren(
      element("h3", {}, mark(one.arm), one.name),
      element("dl", { class: "facts" }, ...facts.map(([term, value]) =>
        element("div", {}, element("dt", {}, term), element("dd", {}, value)))),
      holder,
      element("p", { class: "quiet" }, words.chart_note),
      element("div", { class: "buttons screen" }, saver(say(words.save_series, { name: one.name }),
        `${words.file_municipality}-${fileName(one.name)}`, () => csv(headings(SERIES), seriesRows([one, ...peers])))),
      seriesTable,
      element("details", {}, element("summary", {}, words.list_heading), list));
    chart(holder, {
      series, label: described(series), faint: peers.map((peer) => peer.share),
      whiskers: { low: one.low, high: one.high, kind: one.arm },
    });
    $("search").value = one.name;
  }

  // --- search: a combobox with a list of hits ---

  function search() {
    const [input, list, status] = [$("search"), $("hits"), $("search-status")];
    let hits = [];
    let active = -1;
    const close = () => {
      list.hidden = true;
      active = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    };
    const choose = (one) => {
      close();
      status.textContent = "";
      if (location.hash === `#${one.code}`) follow();
      else location.hash = one.code;
    };
    const point = (to) => {
      active = (to + hits.length) % hits.length;
      [...list.children].forEach((item, k) => item.setAttribute("aria-selected", String(k === active)));
      input.setAttribute("aria-activedescendant", list.children[active].id);
      list.children[active].scrollIntoView({ block: "nearest" });
    };
    const look = () => {
      const wanted = plain(input.value.trim());
      if (!wanted) { hits = []; close(); status.textContent = ""; return; }
      const parts = (one) => plain(one.name).split(/[\s-]+/);
      const rank = (one) => (plain(one.name).startsWith(wanted) ? 0
        : parts(one).some((part) => part.startsWith(wanted)) ? 1
          : plain(one.name).includes(wanted) ? 2 : 3);
      hits = sorted.map((one) => ({ one, rank: rank(one) })).filter((hit) => hit.rank < 3)
        .sort((a, b) => a.rank - b.rank).map((hit) => hit.one);
      list.replaceChildren(...hits.map((one, k) => {
        const item = element("li", { role: "option", id: `hit-${k}`, "aria-selected": "false" },
          one.name, " ", element("span", { class: "quiet" }, one.county));
        item.addEventListener("mousedown", (event) => { event.preventDefault(); choose(one); });
        return item;
      }));
      status.textContent = !hits.length ? words.no_hits
        : hits.length === 1 ? words.hits_one : say(words.hits_many, { n: whole(hits.length) });
      list.hidden = !hits.length;
      input.setAttribute("aria-expanded", String(Boolean(hits.length)));
      input.removeAttribute("aria-activedescendant");
      active = -1;
    };
    input.addEventListener("input", look);
    input.addEventListener("focus", () => input.select());
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        if (list.hidden) look();
        if (hits.length) point(active < 0 && event.key === "ArrowUp" ? -1 : active + (event.key === "ArrowDown" ? 1 : -1));
      } else if (event.key === "Enter") {
        event.preventDefault();
        if (hits.length && !list.hidden) choose(hits[Math.max(active, 0)]);
      } else if (event.key === "Escape") {
        if (list.hidden) input.value = "";
        close();
      }
    });
  }
  function follow() {
    const one = byCode.get(location.hash.slice(1));
    if (!one) return;
    show(one);
    $("chosen").focus({ preventScroll: true });
    $("find").scrollIntoView({ block: "start" });
  }

  // --- all municipalities ---

  function options(select, group, keys) {
    select.append(element("option", { value: "" }, words.all),
      ...keys.map((key) => element("option", { value: key }, named(group, key))));
  }
  const present = (items, key, group) => {
    const found = new Set(items.map((item) => item[key]));
    const known = Object.keys(words[group] || {}).filter((name) => found.has(name));
    return [...known, ...[...found].filter((name) => !known.includes(name)).sort()];
  };
  function everyone() {
    let order = { column: 0, down: false };
    let shown = [];
    options($("f-arm"), "arms", present(data.municipalities, "arm", "arms"));
    options($("f-size"), "sizes", present(data.municipalities, "size", "sizes"));
    options($("f-region"), "regions", present(data.municipalities, "region", "regions"));
    const change = (one) => (one.share[reference] === null || one.share[last] === null ? null
      : one.share[last] - one.share[reference]);
    const columns = [
      { head: words.municipality, sort: (one) => one.name, cell: (one) => [
        toMunicipality(one), under(one, last, `${named("arms_short", one.arm)}, `)] },
      { head: words.county, wide: true, sort: (one) => one.county, cell: (one) => one.county },
      { head: words.group, wide: true, sort: (one) => named("arms_short", one.arm),
        cell: (one) => [mark(one.arm), named("arms_short", one.arm)] },
      { head: words.residents, number: true, wide: true, sort: (one) => one.residents[last],
        cell: (one) => (one.residents[last] === null ? sign(one.why[last] || "missing") : whole(one.residents[last])) },
      { head: months[reference].short, number: true, wide: true, sort: (one) => one.share[reference],
        cell: (one) => shareOf(one, reference) },
      { head: months[last].short, number: true, sort: (one) => one.share[last], cell: (one) => shareOf(one, last) },
      { head: words.chance, number: true, wide: true, cell: (one) => (one.low[last] === null
        ? sign(one.why[last]) : interval(one.low[last], one.high[last], 1)) },
      { head: words.change, number: true, sort: change, cell: (one) => (change(one) === null
        ? sign(one.why[last] || one.why[reference]) : formatted(change(one), 1, true)) },
    ];
    const draw = () => {
      const text = plain($("f-text").value.trim());
      const [arm, size, region] = ["f-arm", "f-size", "f-region"].map((id) => $(id).value);
      const value = columns[order.column].sort;
      shown = sorted.filter((one) => (!arm || one.arm === arm) && (!size || one.size === size)
        && (!region || one.region === region)
        && (!text || plain(one.name).includes(text) || plain(one.county).includes(text)));
      shown.sort((a, b) => {
        const [left, right] = [value(a), value(b)];
        // what is not shown stands last whichever way it is sorted
        if (left === null || right === null) return (left === null) - (right === null);
        const sense = typeof left === "string" ? collator.compare(left, right) : left - right;
        return order.down ? -sense : sense;
      });
      $("all-table").replaceChildren(table({
        caption: say(words.all_caption, { last: months[last].name }), columns, rows: shown, order, onSort: sort,
      }));
      $("count").textContent = say(words.count, { n: whole(shown.length), all: whole(sorted.length) });
    };
    const sort = (column) => {
      const numeric = columns[column].number;
      order = order.column === column ? { column, down: !order.down } : { column, down: Boolean(numeric) };
      draw();
      // the table is made anew: the button that was pressed keeps the focus
      $("all-table").querySelectorAll("thead th")[column].querySelector("button").focus();
    };
    $("filter").addEventListener("input", draw);
    $("filter").addEventListener("reset", () => setTimeout(draw));
    $("filter").addEventListener("submit", (event) => event.preventDefault());
    $("all-save").append(saver(words.save_shown, words.file_all, () => csv(headings(SERIES), seriesRows(shown))));
    draw();
  }

  // --- all estimates ---

  function estimates() {
    let shown = [];
    options($("e-analysis"), "analyses", present(data.estimates, "analysis", "analyses"));
    options($("e-estimand"), "estimands", present(data.estimates, "estimand", "estimands"));
    options($("e-plan"), "plans", present(data.estimates, "plan", "plans"));
    const order = Object.keys(words.analyses);
    const place = (one) => (order.includes(one.analysis) ? order.indexOf(one.analysis) : order.length);
    const ordered = [...data.estimates].sort((a, b) => place(a) - place(b));
    // the first analysis to begin with; «show all» shows all
    $("e-analysis").value = (ordered[0] || { analysis: "" }).analysis;
    const monthName = new Map(months.map((month) => [month.id, month.name]));
    const number = (one, value) => {
      const text = formatted(value, one.scale === "statistic" && Number.isInteger(value) ? 0 : one.decimals);
      if (one.scale === "pp") return text;
      if (one.scale === "share") return say(words.unit_share, { value: text });
      if (one.scale === "statistic") return say(words.unit_statistic, { value: text });
      return say(words.unit_other, { value: text, scale: named("scales", one.scale) });
    };
    const title = (one) => named("estimators", one.estimator) + (one.adjusted ? `, ${words.adjusted}` : "");
    // A term may end in a month or a number: «band 2024-09», «smoothness 0.5».
    const termWords = (one) => {
      const parts = words.terms[one.term] ? null : /^(.+) (-?\d[\d.-]*)$/.exec(one.term);
      if (!parts) return named("terms", one.term);
      const end = monthName.get(parts[2]) || parts[2].replace(/^-/, "−").replace(".", norwegian ? "," : ".");
      return `${named("terms", parts[1])} ${end}`;
    };
    const sample = (one) => (one.sample ? `${named("samples", one.sample)}. ` : "");
    const term = (one) => (one.is_month ? (monthName.get(one.term) || one.term)
      + (one.is_base ? ` (${words.base})` : "") : termWords(one));
    const bar = (one, least, most) => {
      if (one.scale !== "pp" || one.estimate === null) return "";
      const x = (value) => 4 + ((value - least) / (most - least || 1)) * 192;
      const picture = svg("svg", { class: "bar", viewBox: "0 0 200 20", "aria-hidden": "true" },
        svg("line", { class: "zero", x1: x(0), x2: x(0), y1: 0, y2: 20 }));
      if (one.low !== null) picture.append(svg("line", { class: "range", x1: x(one.low), x2: x(one.high), y1: 10, y2: 10 }));
      picture.append(svg("circle", { class: "point", cx: x(one.estimate), cy: 10, r: 4.5 }));
      return picture;
    };
    const columns = (least, most) => [
      { head: words.e_what, cell: (one) => [element("span", {}, `${title(one)}: ${term(one)}`),
        element("span", { class: "sub quiet" },
          `${sample(one)}${named("estimands", one.estimand)}. ${named("plans", one.plan)}`),
        element("code", { class: "sub quiet" }, one.key)] },
      { head: words.e_value, number: true, cell: (one) => (one.estimate === null ? sign("missing")
        : [number(one, one.estimate), element("span", { class: "narrow quiet" },
          one.low === null ? "" : interval(one.low, one.high, one.decimals).replaceAll("\u00a0", " "))]) },
      { head: words.e_interval, number: true, wide: true, cell: (one) => (one.low === null ? ""
        : interval(one.low, one.high, one.decimals)) },
      { head: say(words.e_picture, { low: formatted(least, 1), high: formatted(most, 1) }), wide: true,
        cell: (one) => bar(one, least, most) },
      { head: words.e_p, number: true, wide: true, cell: (one) => (one.p === null ? ""
        : one.p < 0.001 ? `<\u00a0${formatted(0.001, 3)}`
        : one.p > 0.99 ? `>\u00a0${formatted(0.99, 2)}` : formatted(one.p, one.p < 0.0995 ? 3 : 2)) },
      { head: words.e_units, number: true, wide: true, cell: (one) => (one.units === null ? ""
        : `${whole(one.units)} (${whole(one.treated)})`) },
    ];
    const draw = () => {
      const [analysis, estimand, plan] = ["e-analysis", "e-estimand", "e-plan"].map((id) => $(id).value);
      shown = ordered.filter((one) => (!analysis || one.analysis === analysis)
        && (!estimand || one.estimand === estimand) && (!plan || one.plan === plan));
      // one axis for all that is shown
      const ends = shown.filter((one) => one.scale === "pp")
        .flatMap((one) => [one.low, one.high, one.estimate]).filter((value) => value !== null);
      $("e-table").replaceChildren(table({
        caption: words.e_caption, rows: shown, columns: columns(Math.min(0, ...ends), Math.max(0, ...ends)),
      }));
      $("e-count").textContent = say(words.e_count, { n: whole(shown.length), all: whole(data.estimates.length) });
    };
    const keys = ["key", "analysis", "estimator", "term", "sample", "estimand", "scale", "plan", "value", "low", "high",
      "p", "units", "treated", "simulated"];
    $("e-filter").addEventListener("input", draw);
    $("e-filter").addEventListener("reset", () => setTimeout(draw));
    $("e-filter").addEventListener("submit", (event) => event.preventDefault());
    $("e-save").append(saver(words.save_estimates, words.file_estimates, () => csv(headings(keys),
      shown.map((one) => [one.key, named("analyses", one.analysis), title(one), term(one),
        one.sample ? named("samples", one.sample) : "", named("estimands", one.estimand), one.scale, named("plans", one.plan), one.estimate, one.low,
        one.high, one.p, one.units, one.treated, simulated]))));
    draw();
  }

  search();
  everyone();
  estimates();
  window.addEventListener("hashchange", follow);
  if (byCode.has(location.hash.slice(1))) follow();
  else overview();
})();
