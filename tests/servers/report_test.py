# SPDX-License-Identifier: Apache-2.0
"""The page of `report` in a real browser: from a measurement, of a large node, and with faults that must be found."""
import os
import re
import shutil
import subprocess

from tools import Missing

# Each breaks the page in one way; a check that lets one of them through checks nothing. What it is, how, and what the
# check has to say.
FAULTS = {
    "script": (r"</main>", "<script>undefined_function()</script></main>", "script"),
    "picture": (r"</main>", '<img alt="x" src="https://example.invalid/x.png"></main>', "console|asks for"),
    "no_section": (r'<section id="pairs".*?</section>', "", "no element #pairs"),
    "empty_section": (r'(<section id="waits"[^>]*><h2[^>]*>.*?</h2>).*?</section>', r"\1</section>", "#waits has nothing"),
    "too_wide": (r"</main>", '<p style="width:2000px">wide</p></main>', "px wide in"),
    "label_on_label": (r'(<svg viewBox[^>]*>.*?)(<text [^>]*>[^<]*</text>)', r"\1\2\2", "labels of a figure overlap"),
    "section_on_section": (r"</style>", "#states{margin-top:-120px}</style>", "overlap"),
    "pale": (r"</style>", ".dim{color:#ccc}</style>", "contrast"),
    "nameless": (r' role="img"', "", "role=img"),
}


def folder_of(tools, name):
    folder = tools.work / "report" / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def check(tools, *pages, shots=None):
    """(exit status, lines) of the check of pages."""
    command = [*tools.browser(), *pages, *(["--shots", shots] if shots else [])]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", timeout=300, check=False)
    return done.returncode, done.stdout.splitlines()


def problems_of(tools, page, folder):
    status, said = check(tools, page, shots=folder)
    return said[-30:] if status != 0 else []


def measure(tools, folder):
    """A page of a few seconds with a busy thread on each of two CPUs, which are stated to be siblings."""
    if (os.cpu_count() or 1) < 2:
        raise Missing("two CPUs are needed for siblings")
    page = folder / "measured.html"
    hogs = [subprocess.Popen(["taskset", "-c", cpu, "sh", "-c", "while :; do :; done"],
                             stdin=subprocess.DEVNULL) for cpu in "01"]
    try:
        done = subprocess.run([tools.binary, "report", "--duration", "4s", "--interval", "500ms", "--siblings", "0,1", "--by",
                               "pid", "-o", page], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", timeout=60, check=False)
    finally:
        for hog in hogs:
            hog.kill()
            hog.wait()
    if done.returncode != 0:
        raise RuntimeError(f"report ended with {done.returncode}: {done.stdout}")
    return page


def page_of_a_measurement(tools):
    folder = folder_of(tools, "measured")
    page = measure(tools, folder)
    problems = problems_of(tools, page, folder)
    text = page.read_text()
    if 'data-rule="shared"' not in text and 'data-rule="beside"' not in text and 'data-rule="itself"' not in text:
        problems.append("the verdict does not speak of siblings that were busy all the time")
    return problems


def page_of_a_large_node(tools):
    maker = next(iter(tools.binary.parent.rglob("make_recording")), None)
    if maker is None:
        raise Missing("make_recording was not built")
    folder = folder_of(tools, "large")
    recording, page = folder / "large.smtscope", folder / "large.html"
    subprocess.run([maker, "--cpus", "256", "--entities", "200", "--ticks", "30", recording], check=True, timeout=120,
                   stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    subprocess.run([tools.binary, "report", recording, "-o", page], check=True, timeout=120, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    size = page.stat().st_size
    return problems_of(tools, page, folder) + ([f"{size} bytes"] if size > 2_000_000 else [])


def finds_faults(tools):
    """One page a fault, all checked in one browser."""
    folder = folder_of(tools, "faults")
    good = measure(tools, folder).read_text()
    problems, pages = [], []
    for name, (pattern, by, _) in FAULTS.items():
        bad = re.sub(pattern, by, good, count=1, flags=re.DOTALL)
        if bad == good:
            problems.append(f"{name}: the page has nothing to break")
        pages.append(folder / f"{name}.html")
        pages[-1].write_text(bad)
    _, said = check(tools, *pages)
    for name, (_, _, wanted) in FAULTS.items():
        if not any(line.startswith(f"{name}.html:") and re.search(wanted, line) for line in said):
            problems.append(f"{name}: not found")
    return problems


TESTS = {
    "page_of_a_measurement": page_of_a_measurement,
    "page_of_a_large_node": page_of_a_large_node,
    "finds_faults": finds_faults,
}
