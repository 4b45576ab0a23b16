// SPDX-License-Identifier: Apache-2.0
// Drives a headless Chromium for tests/drills/lib/browser.py: one JSON command a line on the standard
// input, one JSON answer a line on the standard output.
"use strict";

const readline = require("node:readline");
const { chromium } = require("playwright-core");
const axe = require("axe-core");

let browser;
let context;
let page;
let said = [];      // what the console was told as an error or a warning, and errors of the page
let requests = [];  // addresses that were asked for

const commands = {
    /** Opens a page as one device would. */
    async open({ url, width, height, scheme, scale }) {
        if (context) await context.close();
        said = [];
        requests = [];
        context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, deviceScaleFactor: scale, locale: "en-GB", timezoneId: "UTC" });
        page = await context.newPage();
        page.on("console", (message) => { if (["error", "warning"].includes(message.type())) said.push(message.text()); });
        page.on("pageerror", (error) => said.push(String(error)));
        page.on("request", (request) => requests.push(request.url()));
        const answer = await page.goto(url);
        return answer.status();
    },
    console: async () => said,
    requests: async () => requests,
    /** Waits until an expression of JavaScript is true in the page; its value. */
    async wait({ expression, limit_ms }) {
        // Not page.waitForFunction(), which evaluates in the page: its policy forbids that.
        for (const end = Date.now() + limit_ms; ;) {
            const value = await page.evaluate(expression);
            if (value) return value;
            if (Date.now() > end) throw new Error(`not within ${limit_ms} ms: ${await page.evaluate("document.body.innerText")}`);
            await new Promise((resolve) => { setTimeout(resolve, 50); });
        }
    },
    evaluate: ({ expression }) => page.evaluate(expression),
    fill: ({ selector, text }) => page.fill(selector, text),
    click: ({ selector }) => page.click(selector),
    press: ({ key }) => page.keyboard.press(key),
    async picture({ path, whole }) { await page.screenshot({ path, fullPage: whole, animations: "disabled" }); },
    /** What axe-core finds that is serious or worse. */
    async axe() {
        // Not as a <script>, which the page's policy forbids: by the debugger, as Playwright evaluates.
        await page.evaluate(axe.source);
        const found = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
        return found.violations.filter((violation) => ["serious", "critical"].includes(violation.impact))
            .map((violation) => `${violation.impact} ${violation.id}: ${violation.nodes.map((node) => `${node.target} ${node.failureSummary}`).slice(0, 3).join("; ")}`);
    },
};

async function main() {
    browser = await chromium.launch({ executablePath: process.argv[2], args: ["--no-sandbox", "--disable-gpu"] });
    process.stdout.write(`${JSON.stringify({ ready: browser.version() })}\n`);
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const command = JSON.parse(line);
        let answer;
        try {
            answer = { value: (await commands[command.do](command)) ?? null };
        } catch (error) {
            answer = { error: String(error), console: said };
        }
        process.stdout.write(`${JSON.stringify(answer)}\n`);
    }
    await browser.close();
}

main().catch((error) => { process.stderr.write(`${error.stack}\n`); process.exit(1); });
