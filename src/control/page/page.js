// SPDX-License-Identifier: Apache-2.0
// The live page. It keeps what /events tells (src/control/web_view.h) and shows it; it asks for nothing else.
"use strict";

const SAMPLES = 90;        // seconds that a graph shows
const SHOWN_STEP = 50;     // services that are shown before somebody asks for more
const TROUBLES_SHOWN = 12;
const INSTANCES_SHOWN = 200;
const SERVERS_SHOWN = 500; // of a service; those in trouble, where there are more
const EVENTS_SHOWN = 50;
const STALE_MS = 5000;     // without news the page says that it is old
const RETRY_MS = 15000;    // without news it connects anew: a director that lost its power says no goodbye
const GAP_MS = 15000;      // without numbers there is a gap in the graphs

const byId = (id) => document.getElementById(id);

// ---- Elements ----------------------------------------------------------------------------------

/** An element with properties or attributes, and what is in it; null and false are left out. */
function el(tag, properties, ...content) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(properties || {})) {
        if (name === "class") element.className = value;
        else if (name in element) element[name] = value;
        else element.setAttribute(name, value);
    }
    element.append(...content.flat().filter((part) => part !== null && part !== undefined && part !== false));
    return element;
}

function svg(tag, attributes, ...content) {
    const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...content);
    return element;
}

// Shapes, so that colour is never what tells.
const SHAPES = {
    disc: () => [svg("circle", { cx: 6, cy: 6, r: 4.5, class: "solid" })],
    ring: () => [svg("circle", { cx: 6, cy: 6, r: 4.5 })],
    tick: () => [svg("path", { d: "M1.5 6.5 4.5 9.5 10.5 2.5" })],
    cross: () => [svg("path", { d: "M2 2 10 10M10 2 2 10" })],
    alert: () => [svg("path", { d: "M6 1.2 11.2 10.8H.8Z" }), svg("path", { d: "M6 5v2.4M6 9v.1" })],
    pause: () => [svg("path", { d: "M3.5 2v8M8.5 2v8" })],
    dot: () => [svg("circle", { cx: 6, cy: 6, r: 2.5, class: "solid" })],
};

function icon(shape) {
    return svg("svg", { viewBox: "0 0 12 12", class: "icon", "aria-hidden": "true" }, ...SHAPES[shape]());
}

function badge(tone, shape, text) {
    return el("span", { class: `badge ${tone}` }, icon(shape), text);
}

/** Replaces what is in an element if it is to be something else. */
function fill(element, key, make) {
    if (element.dataset.key === key) return;
    element.dataset.key = key;
    element.replaceChildren(...[make()].flat().filter(Boolean));
}

// ---- Words for numbers ---------------------------------------------------------------------------

function number(value) {
    if (value < 10 && value % 1) return value.toFixed(1);
    if (value < 10000) return String(Math.round(value));
    for (const [unit, size] of [["G", 1e9], ["M", 1e6], ["k", 1e3]]) {
        if (value >= size) return `${(value / size).toPrecision(3)} ${unit}`;
    }
    return String(Math.round(value));
}

const bytes = (value) => `${number(value).replace(/(\d)$/, "$1 ")}B`;

function microseconds(value) {
    if (value < 1000) return `${value} µs`;
    return value < 1e6 ? `${(value / 1000).toPrecision(3)} ms` : `${(value / 1e6).toPrecision(3)} s`;
}

function duration(seconds) {
    if (seconds < 60) return `${Math.max(0, Math.floor(seconds))} s`;
    if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
    if (seconds < 172800) return `${Math.floor(seconds / 3600)} h ${String(Math.floor(seconds / 60) % 60).padStart(2, "0")} min`;
    return `${Math.floor(seconds / 86400)} days`;
}

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

/** How long something is so: an element that grows older by itself. */
function since(at) {
    if (!at) return null;
    const element = el("time", { dateTime: at, title: new Date(at).toLocaleString() });
    age(element);
    return element;
}

let skew = 0; // ms by which the director's clock is before ours

function age(element) {
    element.textContent = duration((Date.now() + skew - Date.parse(element.dateTime)) / 1000);
}

const clockText = (at) => new Date(at).toLocaleTimeString([], { hour12: false });

// ---- Graphs --------------------------------------------------------------------------------------

class Graph {
    constructor(label) {
        this.values = [];
        this.area = svg("path", { class: "area" });
        this.line = svg("path", {});
        this.label = label;
        this.element = svg("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none", class: "spark", role: "img", "aria-label": label }, this.area, this.line);
    }

    /** Draws values, the latest last; null: nothing is known of that second, and nothing is drawn there. */
    draw(values, text) {
        const most = Math.max(1e-9, ...values.filter((value) => value !== null)) * 1.1;
        const runs = [[]];
        values.forEach((value, i) => {
            if (value === null) runs.push([]);
            else runs[runs.length - 1].push([100 - ((values.length - 1 - i) * 100) / (SAMPLES - 1), 29 - (value / most) * 27].map((at) => at.toFixed(2)));
        });
        const known = runs.filter((run) => run.length > 1);
        const path = (run) => `M${run.map((point) => point.join(" ")).join("L")}`;
        this.line.setAttribute("d", known.map(path).join(""));
        this.area.setAttribute("d", known.map((run) => `${path(run)}L${run[run.length - 1][0]} 30L${run[0][0]} 30Z`).join(""));
        this.element.setAttribute("aria-label", `${this.label}: ${text}`);
    }
}

function push(values, value) {
    values.push(value);
    if (values.length > SAMPLES) values.shift();
}

// ---- What is known -------------------------------------------------------------------------------

const state = { head: {}, troubles: [], byHand: [], loop: {}, instances: [], services: [], numbers: [], older: null, events: [], at: null, clock: 0 };
const history = { connections: [], active: [], bytes: [], lag: [], services: new Map() };
const serviceKey = (service) => `${service.name} ${service.family}`;

/** Per second, since the numbers before; null where they began anew. */
function rate(now, before, seconds, i) {
    if (!now || !before || seconds <= 0 || now[i] < before[i]) return null;
    return (now[i] - before[i]) / seconds;
}

/** The worst lateness of the last second: the highest bucket that has counted since. */
function worstLag(lag, before) {
    const counted = new Map((before?.buckets || []).map((bucket) => [bucket.up_to_us, bucket.count]));
    let worst = 0;
    for (const bucket of lag?.buckets || []) {
        if (bucket.count > (counted.get(bucket.up_to_us) || 0)) worst = Math.max(worst, bucket.up_to_us ?? lag.max_us);
    }
    return Math.min(worst, lag?.max_us ?? 0);
}

/** Time of which nothing is known. */
function skip(seconds) {
    const graphs = [history.connections, history.active, history.bytes, history.lag, ...history.services.values()];
    for (let i = 0; i < Math.min(SAMPLES, seconds); i++) graphs.forEach((values) => push(values, null));
}

function measure(numbers, loop, clock) {
    if (clock < state.clock) state.clock = 0; // its host was started again
    if (!state.clock) state.older = null;
    const seconds = (clock - state.clock) / 1e6;
    const gap = state.clock && seconds * 1000 > GAP_MS;
    if (gap) skip(seconds - 1);
    if (state.clock && seconds > 0.4) {
        // The kernel adds its counters up every 2 s: from one second to the next they would be 0, then twice the rate.
        const base = (!gap && state.older) || state;
        const span = (clock - base.clock) / 1e6;
        const sums = { connections: 0, bytes: 0, active: 0 };
        state.services.forEach((service, i) => {
            const values = history.services.get(serviceKey(service)) || [];
            const value = rate(numbers[i], base.numbers[i], span, 0);
            push(values, value);
            history.services.set(serviceKey(service), values);
            sums.connections += value || 0;
            sums.bytes += (rate(numbers[i], base.numbers[i], span, 3) || 0) + (rate(numbers[i], base.numbers[i], span, 4) || 0);
            sums.active += numbers[i] ? numbers[i][5] : 0;
        });
        push(history.connections, sums.connections);
        push(history.bytes, sums.bytes);
        push(history.active, sums.active);
        push(history.lag, worstLag(loop.lag, state.loop.lag));
    } else if (state.clock) {
        return; // too soon for a rate: the next one counts both
    }
    Object.assign(state, { older: state.clock ? { numbers: state.numbers, clock: state.clock } : null, numbers, loop, clock });
}

/** Takes all, or what has changed. @return the rows that are other ones than before */
function take(news, whole) {
    const before = { instances: state.instances, services: state.services };
    skew = Date.parse(news.at) - Date.now();
    state.at = news.at;
    if (news.head) {
        if (news.head.daemon?.started !== state.head.daemon?.started) state.clock = 0; // its counters began anew
        state.head = news.head;
    }
    if (news.troubles) state.troubles = news.troubles;
    if (news.by_hand) state.byHand = news.by_hand;
    for (const list of ["instances", "services"]) {
        if (whole) {
            state[list] = news[list];
        } else if (news[list]) {
            state[list] = state[list].slice();
            for (const [i, row] of Object.entries(news[list])) state[list][i] = row;
        }
    }
    if (whole) {
        state.events = news.events;
        const keys = new Set(state.services.map(serviceKey));
        for (const key of history.services.keys()) if (!keys.has(key)) history.services.delete(key);
        if (before.services.map(serviceKey).join() !== state.services.map(serviceKey).join()) state.clock = 0;
    } else if (news.events) {
        state.events = state.events.concat(news.events).slice(-EVENTS_SHOWN * 2);
    }
    measure(news.numbers || state.numbers, news.loop || state.loop, news.clock_us);
    return before;
}

// ---- Trouble -------------------------------------------------------------------------------------

const isDown = (server) => server.state === "down" && server.admin !== "maint";
const code = (text) => el("code", {}, text);

function instanceTroubles(instance, found) {
    (instance.faults || []).forEach((fault, i) =>
        found.push({ tone: "bad", what: `${instance.name} is in FAULT`, why: fault, cure: instance.cures?.[i] }));
    const missing = instance.state === "MASTER" ? (instance.addresses || []).filter((address) => address.present === false) : [];
    if (missing.length) {
        found.push({ tone: "bad", what: `${instance.name} is master without ${missing.map((address) => address.address).join(", ")}`, why: `not on ${missing[0].device}` });
    }
    if (instance.dual_master) found.push({ tone: "bad", what: `${instance.name} is beside a second master`, why: instance.complaint });
    else if (instance.complaint) found.push({ tone: "warn", what: `${instance.name} disagrees with another router`, why: instance.complaint });
}

function serverWhy(server) {
    if (server.ipvs_error) return `the kernel refused it: ${server.ipvs_error}`;
    return server.why ? `${server.why.kind}${server.why.target && server.why.target !== server.name ? ` of ${server.why.target}` : ""}: ${server.why.text || server.why.class}` : "";
}

function serviceTroubles(service, found) {
    const down = service.servers.filter(isDown);
    if (service.quorum_met === false) {
        found.push({ tone: "bad", what: `${service.name} has no quorum`, why: `live weight ${service.live_weight} of the ${service.live_weight_needed} that is needed` +
            (service.sorry_server?.active ? `; ${service.sorry_server.name} serves meanwhile` : "") });
    }
    if (service.fail_open) found.push({ tone: "warn", what: `${service.name} fails open`, why: `fewer than ${service.servers_needed} servers are up: all are used, whatever their checks say` });
    if (service.ipvs_error) found.push({ tone: "bad", what: `The kernel refused ${service.name}`, why: service.ipvs_error });
    if (down.length > 3) {
        found.push({ tone: "warn", what: `${down.length} of ${plural(service.servers.length, "server")} of ${service.name} are down`, why: serverWhy(down[0]) });
    } else {
        for (const server of down) found.push({ tone: "warn", what: `${server.name} of ${service.name} is down`, why: serverWhy(server), at: server.since });
    }
    for (const server of service.servers) {
        if (!isDown(server) && server.why) found.push({ tone: "warn", what: `${server.name} of ${service.name} cannot be checked`, why: serverWhy(server) });
        else if (!isDown(server) && server.ipvs_error) found.push({ tone: "bad", what: `The kernel refused ${server.name} of ${service.name}`, why: server.ipvs_error });
    }
}

function directorTroubles(head, found) {
    const reload = head.reload || {};
    if (reload.result === "failed") {
        const error = reload.error;
        found.push({ tone: "bad", what: "The last reload was refused: the former configuration is in force",
            why: error ? `${error.file}:${error.line}:${error.column}: ${error.message}` : reload.message, cure: "holdfastd -t" });
    }
    if (head.ipvs?.available === false && state.services.length) found.push({ tone: "bad", what: "There is no IPVS: services are checked and not served", why: head.ipvs.reason });
    for (const need of head.ipvs?.missing || []) found.push({ tone: "bad", what: need.setting ? `${need.setting} is ${need.value ?? "not there"}` : "The kernel lacks a setting", why: need.problem, cure: need.cure });
    if (head.ipvs?.sync_daemon?.reason) found.push({ tone: "warn", what: "Connections are not synchronised", why: head.ipvs.sync_daemon.reason });
    for (const session of head.bfd || []) if (session.status === "down") found.push({ tone: "warn", what: `BFD session ${session.name} is down`, why: session.complaint || session.last_fall, at: session.since });
    for (const script of head.scripts || []) if (script.status === "bad") found.push({ tone: "warn", what: `Script ${script.name} fails`, why: script.last_result });
    if (head.helper === false) found.push({ tone: "bad", what: "No script can be run", why: "the helper process has died", cure: "systemctl restart holdfast" });
    for (const lack of head.lacking || []) found.push({ tone: "warn", what: `${lack.keyword} waits for a restart`, why: `it needs ${lack.capability}, which the daemon has given up` });
}

function troubles() {
    const found = [];
    directorTroubles(state.head, found);
    state.instances.forEach((instance) => instanceTroubles(instance, found));
    state.services.forEach((service) => serviceTroubles(service, found));
    // What the director itself calls worse than anything above: the verdict is never better than its own.
    const worst = found.some((trouble) => trouble.tone === "bad") ? 2 : found.length ? 1 : 0;
    for (const { level, text } of state.troubles) {
        if ((level === "critical" ? 2 : 1) > worst) found.push({ tone: level === "critical" ? "bad" : "warn", what: text, why: "holdfastctl status says which" });
    }
    return found.sort((a, b) => (a.tone === "bad" ? 0 : 1) - (b.tone === "bad" ? 0 : 1));
}

function showTroubles() {
    const found = troubles();
    const shown = found.slice(0, TROUBLES_SHOWN);
    const worst = found.length ? found[0].tone : "good";
    byId("trouble-section").hidden = !found.length;
    byId("trouble-count").textContent = found.length > 1 ? String(found.length) : "";
    fill(byId("troubles"), JSON.stringify(shown) + found.length, () => [
        ...shown.map((trouble) => el("li", { class: trouble.tone }, icon(trouble.tone === "bad" ? "cross" : "alert"),
            el("p", { class: "what" }, trouble.what),
            trouble.why && el("p", { class: "why" }, trouble.why, trouble.at ? [", for ", since(trouble.at)] : null),
            trouble.cure && el("p", { class: "cure" }, "To mend it: ", code(trouble.cure)))),
        found.length > shown.length && el("li", { class: "idle" }, icon("dot"), el("p", { class: "what" }, `and ${found.length - shown.length} more`))]);
    const verdict = byId("verdict");
    verdict.className = `verdict ${worst}`;
    const text = found.length ? `${plural(found.length, "thing needs", "things need")} attention` : "All well";
    fill(verdict, worst + text, () => [icon({ good: "tick", warn: "alert", bad: "cross" }[worst]), text]);
    document.title = `${found.length ? `(${found.length}) ` : ""}${state.head.daemon?.name || "Holdfast"} · Holdfast`;
}

/** What operators asked for, where it is told at no instance and no server. */
function showByHand() {
    const { byHand } = state;
    byId("hand-section").hidden = !byHand.length;
    byId("hand-count").textContent = byHand.length > 1 ? String(byHand.length) : "";
    fill(byId("hand"), JSON.stringify(byHand), () => byHand.map(({ what, by, since: at, until }) => el("li", { class: "idle" }, icon("pause"),
        el("p", { class: "what" }, what),
        el("p", { class: "why" }, `asked for by ${by}, until ${until ? clockText(until) : "it is undone"}, for `, since(at)))));
}

// ---- Tiles ---------------------------------------------------------------------------------------

const tiles = [
    { label: "New connections", values: history.connections, text: (value) => [number(value), el("small", {}, " /s")], sub: () => "all services" },
    { label: "Active connections", values: history.active, text: (value) => [number(value)], sub: () => "all services" },
    { label: "Traffic", values: history.bytes, text: (value) => [bytes(value), el("small", {}, " /s")], sub: () => "in and out" },
    { label: "Loop lag", values: history.lag, text: (value) => [`≤ ${microseconds(value)}`], sub: () => `VRRP: ${microseconds(state.loop.vrrp_lag?.max_us ?? 0)} at most` },
];

function showTiles() {
    for (const tile of tiles) {
        if (!tile.graph) {
            tile.graph = new Graph(tile.label);
            tile.value = el("p", { class: "value" });
            tile.under = el("p", { class: "sub" });
            byId("tiles").append(el("div", { class: "tile" }, el("p", { class: "label" }, tile.label), tile.value, tile.under, tile.graph.element));
        }
        const latest = tile.values.length ? tile.values[tile.values.length - 1] : null;
        tile.value.replaceChildren(...(latest === null ? ["–"] : tile.text(latest)));
        tile.under.textContent = tile.sub();
        tile.graph.draw(tile.values, latest === null ? "not known yet" : tile.value.textContent);
    }
}

// ---- Instances and directors ---------------------------------------------------------------------

const STATES = { MASTER: ["good", "disc"], BACKUP: ["idle", "ring"], FAULT: ["bad", "cross"], INIT: ["warn", "dot"] };
const stateBadge = (name) => badge(...(STATES[name] || ["idle", "dot"]), name);

const signed = (value) => `${value < 0 ? "−" : "+"} ${Math.abs(value)}`;

function priorityText(instance) {
    const { priority_base: base, priority_effective: now, operator } = instance;
    const by = operator?.demoted ? "demoted" : operator?.priority ? "by hand and by what it tracks" : "by what it tracks";
    return base === now ? String(now) : `${now} (${base} ${signed(now - base)} ${by})`;
}

/** What an operator asks of an instance. */
function wishText(wish) {
    const what = [wish.demoted && "demoted", wish.drained && "drained with the node", wish.priority && `priority ${signed(wish.priority)}`];
    return `${what.filter(Boolean).join(", ")} by ${wish.by}${wish.until ? `, until ${clockText(wish.until)}` : ""}`;
}

function masterText(instance) {
    if (!instance.master?.address) return "none is heard";
    return instance.master.self ? "this director" : `${instance.master.address}, priority ${instance.master.priority}`;
}

function pair(name, ...value) {
    return [el("dt", {}, name), el("dd", {}, ...value)];
}

function instanceCard(instance) {
    const master = instance.state === "MASTER";
    const vips = (instance.addresses || []).slice(0, 8);
    return el("article", { class: "card" },
        el("header", {}, el("h3", {}, instance.name), stateBadge(instance.state)),
        el("p", { class: "reason meta" }, instance.handing_over ? "hands over; " : "", instance.reason || "since the start", instance.since ? [", for ", since(instance.since)] : null),
        el("dl", {},
            pair("Master", masterText(instance)),
            pair("Priority", priorityText(instance)),
            instance.operator && pair("By hand", wishText(instance.operator)),
            pair("Router", `VRID ${instance.vrid} on ${instance.interface || "no interface"}, VRRP ${instance.version}`),
            instance.sync_group && pair("Group", instance.sync_group),
            pair("Addresses", el("ul", { class: "vips" },
                vips.map((address) => el("li", { class: address.present ? "good" : master ? "bad" : "idle" }, icon(address.present ? "disc" : master ? "cross" : "ring"),
                    el("span", { class: "mono" }, address.address), el("span", { class: "unseen" }, address.present ? "is here" : "is not here"))),
                (instance.addresses || []).length > vips.length && el("li", { class: "meta" }, `and ${instance.addresses.length - vips.length} more`)))));
}

/** Who directs: this one, and those that it hears or is told of. */
function directors() {
    const others = new Map();
    const other = (address) => {
        if (!others.has(address)) others.set(address, { master: [], peer: [], priorities: new Set() });
        return others.get(address);
    };
    for (const instance of state.instances) {
        const { master } = instance;
        if (master?.address && !master.self) other(master.address).master.push(instance.name);
        for (const peer of instance.peers || []) {
            if (peer.address === master?.address) continue;
            const known = other(peer.address);
            known.peer.push(instance.name);
            if (peer.priority) known.priorities.add(peer.priority);
        }
    }
    return others;
}

function names(list) {
    return list.length > 4 ? `${plural(list.length, "virtual router")}` : list.join(", ");
}

function directorItem(title, address, roles) {
    return el("li", {}, el("p", {}, el("strong", {}, title), address && el("span", { class: "meta" }, ` ${address}`)), el("p", { class: "meta" }, roles.join("; ") || "no virtual router"));
}

function showInstances() {
    const { instances } = state;
    byId("instances-section").hidden = !instances.length;
    byId("instances-count").textContent = instances.length > 1 ? String(instances.length) : "";
    const rank = { FAULT: 0, INIT: 1, MASTER: 2, BACKUP: 3 };
    const sorted = instances.slice().sort((a, b) => (rank[a.state] ?? 2) - (rank[b.state] ?? 2));
    fill(byId("instances"), JSON.stringify(sorted), () => [...sorted.slice(0, INSTANCES_SHOWN).map(instanceCard),
        sorted.length > INSTANCES_SHOWN && el("p", { class: "meta" }, `and ${sorted.length - INSTANCES_SHOWN} more`)]);
    const roles = [];
    for (const role of ["MASTER", "BACKUP", "FAULT", "INIT"]) {
        const own = instances.filter((instance) => instance.state === role).map((instance) => instance.name);
        if (own.length) roles.push(`${role} of ${names(own)}`);
    }
    const others = [...directors()].map(([address, known]) => directorItem(address, "", [
        ...(known.master.length ? [`MASTER of ${names(known.master)}`] : []),
        ...(known.peer.length ? [`a peer of ${names(known.peer)}${known.priorities.size ? `, priority ${[...known.priorities].join(", ")} when it was last heard` : ""}`] : [])]));
    fill(byId("directors"), JSON.stringify([state.head.daemon?.name, roles, [...directors()].map(([key, value]) => [key, value.master, value.peer, [...value.priorities]])]),
        () => [directorItem(state.head.daemon?.name || "this director", "this director", roles), ...others.slice(0, 40)]);
}

// ---- Services ------------------------------------------------------------------------------------

const view = { text: "", trouble: false, most: SHOWN_STEP };
const rows = new Map(); // of the services that are shown, by their key

function serverLook(server) {
    if (server.admin === "maint") return ["idle", "pause", "maintenance"];
    if (server.admin === "drain") return ["idle", "pause", "draining"];
    if (server.state === "down") return ["bad", "cross", "down"];
    if (server.state === "checking") return ["idle", "dot", "checking"];
    if (server.unasked) return ["good", "ring", "up, not asked yet"];
    return server.slow ? ["good", "disc", "up, slow start"] : ["good", "disc", "up"];
}

function serviceLook(service) {
    if (service.quorum_met === false) return ["bad", "cross", "no quorum"];
    if (service.ipvs_error || service.servers.some((server) => server.ipvs_error)) return ["bad", "cross", "refused"];
    if (service.fail_open) return ["warn", "alert", "fails open"];
    if (service.servers.some(isDown)) return ["warn", "alert", "degraded"];
    return service.suspended ? ["idle", "pause", "suspended"] : ["good", "tick", "well"];
}

const RANK = { bad: 0, warn: 1, idle: 2, good: 2 };

function matches(service) {
    const look = serviceLook(service);
    if (view.trouble && RANK[look[0]] > 1) return false;
    if (!view.text) return true;
    const words = [service.name, service.scheduler, service.forward, look[2], ...service.servers.flatMap((server) => [server.name, serverLook(server)[2]])];
    return view.text.split(/\s+/).every((part) => words.some((word) => String(word).toLowerCase().includes(part)));
}

class ServiceRow {
    constructor(key, open) {
        this.key = key;
        this.id = el("span", { class: "id" });
        this.health = el("span", { class: "health" });
        this.rate = el("span", { class: "rate" });
        this.graph = new Graph("connections per second");
        this.body = el("tbody");
        this.table = el("div", { class: "scroll", tabIndex: 0, role: "region" }, el("table", {},
            el("thead", {}, el("tr", {}, ...[["Server"], ["State"], ["Weight"], ["Connections", "num"], ["Checked by"]].map(([text, name]) => el("th", { scope: "col", class: name || "" }, text)))), this.body));
        this.element = el("details", { class: "service", open },
            el("summary", {}, svg("svg", { viewBox: "0 0 10 10", class: "chevron", "aria-hidden": "true" }, svg("path", { d: "M3 1.5 7 5 3 8.5" })), this.id, this.health, this.graph.element, this.rate), this.table);
        this.element.addEventListener("toggle", () => this.showServers());
    }

    show(service, i) {
        this.service = service;
        this.numbers = state.numbers[i];
        const look = serviceLook(service);
        const kind = [service.forward, service.scheduler, service.persistence_timeout_s ? `persistent ${service.persistence_timeout_s} s` : ""].filter(Boolean).join(", ");
        fill(this.id, service.name + kind, () => [el("strong", { class: "mono" }, service.name), el("span", { class: "meta" }, kind)]);
        const dots = service.servers.map((server) => serverLook(server)[0]);
        const count = `${service.servers_up} of ${plural(service.servers.length, "server")} up`;
        fill(this.health, look[2] + dots.join() + count + service.live_weight, () => [
            badge(...look),
            el("span", { class: "meta" }, count),
            dots.length <= 40 && dots.length > 1 && el("span", { class: "dots", "aria-hidden": "true" }, dots.map((tone) => el("i", { class: tone })))]);
        this.graph.label = `connections per second of ${service.name}`; // there is one like it in each row
        this.showRate(history.services.get(this.key) || []);
        this.table.setAttribute("aria-label", `Servers of ${service.name}`);
        this.showServers();
    }

    showRate(values) {
        const latest = values.length ? values[values.length - 1] : null;
        const text = latest === null ? "–" : number(latest);
        const active = this.numbers ? `${number(this.numbers[5])} active` : "not in the kernel";
        fill(this.rate, text + active, () => [el("strong", {}, text), el("span", {}, " conn/s"), el("span", { class: "meta" }, active)]);
        this.graph.draw(values, latest === null ? "not known" : `${text} now`);
    }

    showServers() {
        if (!this.element.open || !this.service) return;
        const most = this.service.servers.reduce((so_far, server) => Math.max(so_far, server.weight, server.weight_configured), 1);
        const each = this.numbers?.[7];
        const { servers } = this.service;
        const places = servers.map((server, i) => i);
        if (servers.length > SERVERS_SHOWN) {
            const rank = servers.map((server) => RANK[serverLook(server)[0]]);
            places.sort((a, b) => rank[a] - rank[b] || a - b);
        }
        fill(this.body, JSON.stringify([this.service.servers, each, this.service.sorry_server]), () => [
            ...places.slice(0, SERVERS_SHOWN).map((i) => serverRow(servers[i], most, each?.[i])),
            servers.length > SERVERS_SHOWN && el("tr", {}, el("td", { colSpan: 5 }, `and ${servers.length - SERVERS_SHOWN} more`)),
            this.service.sorry_server && el("tr", {}, el("td", { class: "mono" }, this.service.sorry_server.name),
                el("td", { class: "state" }, badge(this.service.sorry_server.active ? "warn" : "idle", this.service.sorry_server.active ? "disc" : "ring", this.service.sorry_server.active ? "serves instead" : "sorry server")),
                el("td", {}), el("td", { class: "num" }), el("td", { class: "said" }, "stands in while there is no quorum"))]);
    }
}

function weightCell(server, most) {
    const bar = el("i");
    bar.style.width = `${Math.round((server.weight * 100) / most)}%`;
    const text = server.weight === server.weight_configured ? String(server.weight) : `${server.weight} of ${server.weight_configured}`;
    return el("td", {}, el("span", { class: "weight" }, el("span", { class: "bar", "aria-hidden": "true" }, bar), el("span", {}, el("span", { class: "unseen" }, "weight "), text)));
}

function serverRow(server, most, connections) {
    const operator = server.operator ? `by ${server.operator.by}${server.operator.until ? `, until ${clockText(server.operator.until)}` : ""}` : "";
    // The check is named beside it where it is the only one.
    const said = (server.why?.text && !server.ipvs_error && server.checks.length === 1 ? server.why.text : serverWhy(server)) || operator;
    return el("tr", {}, el("td", { class: "mono" }, server.name),
        el("td", { class: "state" }, badge(...serverLook(server)), " ", el("span", { class: "meta" }, since(server.since))),
        weightCell(server, most),
        el("td", { class: "num" }, connections ? [number(connections[0]), el("span", { class: "meta" }, ` + ${number(connections[1])} inactive`)] : "–"),
        el("td", { class: "said" }, server.checks.join(", ") || "nothing: always up", said && el("div", { class: "why" }, said)));
}

function showServices() {
    const { services } = state;
    byId("services-section").hidden = !services.length;
    const found = services.map((service, i) => [service, i]).filter(([service]) => matches(service))
        .sort((a, b) => RANK[serviceLook(a[0])[0]] - RANK[serviceLook(b[0])[0]] || a[1] - b[1]);
    const shown = found.slice(0, view.most);
    byId("services-count").textContent = found.length === services.length ? String(services.length) : `${found.length} of ${services.length}`;
    byId("filter").hidden = services.length < 2;
    const elements = shown.map(([service, i]) => {
        const key = serviceKey(service);
        if (!rows.has(key)) rows.set(key, new ServiceRow(key, services.length <= 6));
        rows.get(key).show(service, i);
        return rows.get(key).element;
    });
    const list = byId("services");
    elements.forEach((element, i) => { if (list.children[i] !== element) list.insertBefore(element, list.children[i] || null); });
    while (list.children.length > elements.length) list.lastChild.remove();
    if (rows.size > 400) for (const [key, row] of rows) if (!row.element.isConnected) rows.delete(key);
    byId("more").hidden = found.length <= shown.length && found.length > 0;
    byId("more-button").hidden = found.length <= shown.length;
    byId("more-text").textContent = found.length ? `${shown.length} of ${found.length} are shown.` : "No service is so.";
}

// ---- Events --------------------------------------------------------------------------------------

const EVENT_LOOKS = { MASTER: ["good", "disc"], up: ["good", "disc"], met: ["good", "tick"], ok: ["good", "tick"], restored: ["good", "tick"], available: ["good", "tick"], ended: ["good", "tick"],
    FAULT: ["bad", "cross"], down: ["bad", "cross"], lost: ["bad", "cross"], failed: ["bad", "cross"], refused: ["bad", "cross"], unavailable: ["bad", "cross"], began: ["warn", "alert"] };

function eventItem(event) {
    const object = event.server ? `${event.server} of ${event.object}` : event.object;
    return el("li", {}, el("time", { dateTime: event.at, title: new Date(event.at).toLocaleString() }, clockText(event.at)),
        el("span", { class: "object" }, object),
        el("span", { class: "what" }, event.to && badge(...(EVENT_LOOKS[event.to] || ["idle", "dot"]), event.from ? `${event.from} → ${event.to}` : event.to),
            [event.reason, event.by && `by ${event.by}`].filter(Boolean).join(", ")));
}

function showEvents() {
    const events = state.events.slice(-EVENTS_SHOWN).reverse();
    // Numbers begin anew with the daemon.
    fill(byId("events"), events.length ? `${events[0].seq} ${events[0].at} ${events.length}` : "none", () =>
        events.length ? events.map(eventItem) : [el("li", { class: "empty" }, "Nothing has happened yet.")]);
}

// ---- The whole -----------------------------------------------------------------------------------

function showDirector() {
    const daemon = state.head.daemon || {};
    byId("name").textContent = daemon.name || "Director";
    fill(byId("meta"), JSON.stringify(daemon), () => [`Holdfast ${daemon.version}, up for `, since(daemon.started),
        daemon.instance ? `, instance ${daemon.instance}` : "", daemon.namespace ? `, namespace ${daemon.namespace}` : ""].filter(Boolean));
    const reload = state.head.reload || {};
    byId("foot").textContent = `${daemon.config_file || ""}${reload.count ? `, reloaded ${plural(reload.count, "time")}` : ""}`;
}

/** Tells those who do not see the page what has changed. */
function announce(before) {
    const said = [];
    state.instances.forEach((instance) => {
        const old = before.instances.find((one) => one.name === instance.name);
        if (old && old.state !== instance.state) said.push(`${instance.name} is ${instance.state} now: ${instance.reason || ""}`);
    });
    if (before.services !== state.services && before.services.length === state.services.length) {
        state.services.forEach((service, i) => {
            const old = before.services[i];
            if (old === service || old.name !== service.name) return;
            if (old.quorum_met !== service.quorum_met) said.push(`${service.name} has ${service.quorum_met ? "quorum again" : "lost its quorum"}`);
            service.servers.forEach((server, k) => {
                const was = old.servers[k];
                if (was && was.name === server.name && was.state !== server.state) said.push(`${server.name} of ${service.name} is ${server.state}`);
            });
        });
    }
    if (said.length) byId("announce").textContent = said.slice(0, 5).join(". ");
}

function show() {
    showDirector();
    showTroubles();
    showByHand();
    showTiles();
    showInstances();
    showServices();
    showEvents();
}

let heard = 0;     // when the last news came
let broken = false;
let source = null;
let retry = 0;
let tried = 0;     // when it connected last

function showLive() {
    const old = Date.now() - heard > STALE_MS;
    document.body.classList.toggle("stale", Boolean(heard) && (broken || old));
    const text = !heard ? (broken ? "no answer, trying again" : "connecting")
        : broken || old ? `no news for ${duration((Date.now() - heard) / 1000)}, trying again` : `live, ${clockText(state.at)}`;
    if (byId("live").textContent !== text) byId("live").textContent = text;
    if (heard && (broken || old)) {
        const verdict = byId("verdict");
        verdict.className = "verdict warn";
        fill(verdict, "stale", () => [icon("alert"), "What is shown is old"]);
    }
    if (old && Date.now() - Math.max(heard, tried) > RETRY_MS) connect();
    for (const element of document.querySelectorAll("time[datetime]")) if (!element.closest(".events")) age(element);
}

function receive(event, whole) {
    heard = Date.now();
    broken = false;
    const first = !state.at;
    const before = take(JSON.parse(event.data), whole);
    if (document.hidden) showTroubles(); // the title of its tab is seen
    else show();
    if (!first) announce(before);
    showLive();
}

function connect() {
    clearTimeout(retry);
    source?.close();
    tried = Date.now();
    source = new EventSource("/events");
    source.addEventListener("full", (event) => receive(event, true));
    source.addEventListener("change", (event) => { if (state.at) receive(event, false); });
    source.onerror = () => {
        broken = true;
        showLive();
        if (source.readyState === EventSource.CLOSED) { // an answer that is none: a browser does not try again
            retry = setTimeout(connect, 5000);
        }
    };
}

byId("filter").addEventListener("submit", (event) => event.preventDefault());
byId("filter-text").addEventListener("input", (event) => { view.text = event.target.value.trim().toLowerCase(); view.most = SHOWN_STEP; showServices(); });
byId("filter-trouble").addEventListener("change", (event) => { view.trouble = event.target.checked; view.most = SHOWN_STEP; showServices(); });
byId("more-button").addEventListener("click", () => { view.most += SHOWN_STEP; showServices(); });
document.addEventListener("visibilitychange", () => {
    if (document.hidden || !state.at) return;
    show();
    showLive();
});
setInterval(showLive, 1000);
connect();
