#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""check_page.py PAGE... [--shots DIR]: opens reports in headless Chromium, narrow, wide, light, dark and on paper, and
prints what is wrong with what is on the page. Exit status 0: nothing.

Debian's python3, because of python3-selenium (scripts/packages/browser.txt)."""

import argparse
import base64
import json
import sys
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

HERE = Path(__file__).resolve().parent
# Name, width, medium, colour scheme.
LOOKS = [("phone", 360, "screen", "light"), ("phone_dark", 360, "screen", "dark"),
         ("tablet", 800, "screen", "light"), ("tablet_dark", 800, "screen", "dark"),
         ("wide", 1400, "screen", "light"), ("wide_dark", 1400, "screen", "dark"),
         ("paper", 700, "print", "light")]
MOST_SHOT_HEIGHT = 8000


def browser():
    options = Options()
    options.binary_location = "/usr/bin/chromium"
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--force-device-scale-factor=1", "--disable-background-networking"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def show(driver, look, height=900):
    _, width, medium, scheme = look
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia",
                           {"media": medium, "features": [{"name": "prefers-color-scheme", "value": scheme}]})
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                           {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})


def requests(driver):
    """What the page asked for, beside itself."""
    for entry in driver.get_log("performance"):
        message = json.loads(entry["message"])["message"]
        if message["method"] == "Network.requestWillBeSent":
            yield message["params"]["request"]["url"]


def shoot(driver, look, path):
    height = driver.execute_script("return document.documentElement.scrollHeight")
    show(driver, look, min(height, MOST_SHOT_HEIGHT))
    shot = driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
    path.write_bytes(base64.b64decode(shot["data"]))


def check_page(driver, page, shots=None):
    """What is wrong with it, as lines."""
    problems = []
    script = (HERE / "in_page.js").read_text()
    address = page.resolve().as_uri()
    driver.get(address)
    for look in LOOKS:
        show(driver, look)
        problems += [f"{look[0]}: {line}" for line in driver.execute_script(script)]
        if look[0] == "wide":  # what is folded is part of the page too
            driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
            problems += [f"{look[0]}, unfolded: {line}" for line in driver.execute_script(script)]
            driver.execute_script("for (const d of document.querySelectorAll('details')) d.open = false")
        if shots:
            shots.mkdir(parents=True, exist_ok=True)
            shoot(driver, look, shots / f"{page.stem}.{look[0]}.png")
    problems += [f"console: {entry['message']}" for entry in driver.get_log("browser")]
    problems += [f"asks for {url[:200]}" for url in requests(driver) if url != address and not url.startswith("data:")]
    return list(dict.fromkeys(problems))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("page", type=Path, nargs="+")
    parser.add_argument("--shots", type=Path, metavar="DIR", help="pictures of each look go here")
    arguments = parser.parse_args()
    driver = browser()
    try:
        problems = [f"{page.name}: {line}" for page in arguments.page for line in check_page(driver, page, arguments.shots)]
    finally:
        driver.quit()
    print("\n".join(problems + [f"{len(arguments.page)} pages, {len(problems)} problems"]))
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
