#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""top_test.py SMTSCOPE MAKE_RECORDING: drives `smtscope top` in a tmux terminal through every key, at 80x24 and
200x60, live and with a recording of 256 CPUs, and checks the screens and that the terminal is given back.

Needs root and tmux. Exit status 0: all held."""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

DEADLINE = 10  # seconds that a screen may take to be as expected


class Terminal:
    """A shell in a tmux of its own."""

    count = 0

    def __init__(self, folder, columns, rows, environment=None):
        Terminal.count += 1  # a server that is about to end must not be met again
        self.commands = 0
        self.tmux = ["tmux", "-S", f"{folder}/tmux{Terminal.count}", "-f", "/dev/null"]
        settings = {"LC_ALL": "C.UTF-8", "PS1": "READY$ ", "HISTFILE": "", "TZ": "UTC", **(environment or {})}
        words = " ".join(f"{name}='{value}'" for name, value in settings.items())
        self.run("new-session", "-d", "-x", str(columns), "-y", str(rows), f"env -u NO_COLOR {words} bash --norc --noprofile")
        try:
            self.wait(r"READY\$$")
        except AssertionError:
            self.close()
            raise

    def run(self, *words):
        return subprocess.run(self.tmux + list(words), check=True, capture_output=True, text=True,
                              env={**os.environ, "LC_ALL": "C.UTF-8"}).stdout

    def close(self):
        subprocess.run(self.tmux + ["kill-server"], capture_output=True, check=False)

    def keys(self, *keys):
        self.run("send-keys", *keys)

    def type(self, text):
        self.run("send-keys", "-l", text)

    def screen(self, styles=False):
        return self.run("capture-pane", "-p", *(["-e"] if styles else []))

    def flag(self, name):
        return self.run("display-message", "-p", f"#{{{name}}}").strip()

    def resize(self, columns, rows):
        self.run("resize-window", "-x", str(columns), "-y", str(rows))

    def wait(self, pattern, absent=None, what=""):
        """Until the screen has the pattern (and has not the other one); the screen."""
        end = time.monotonic() + DEADLINE
        while True:
            text = self.screen()
            if re.search(pattern, text.rstrip("\n"), re.M) and not (absent and re.search(absent, text, re.M)):
                return text
            if time.monotonic() > end:
                raise AssertionError(f"{what or 'the screen'} does not become /{pattern}/"
                                     f"{f' without /{absent}/' if absent else ''}:\n{text}")
            time.sleep(0.02)

    def wait_time(self, holds, what):
        """Until the time in the first line is as it should be; the screen."""
        end = time.monotonic() + DEADLINE
        while not holds(time_of(self.screen())):
            check(time.monotonic() < end, f"{what}: the time stays {time_of(self.screen())}")
            time.sleep(0.02)
        return self.screen()

    def shell(self, command):
        """Runs a command in the shell; what it printed."""
        self.keys("C-l")
        self.commands += 1  # an end that is still on the screen from before must not count
        self.type(f"{command}; echo DONE{self.commands}=$?=")
        self.keys("Enter")
        text = self.wait(rf"DONE{self.commands}=\d+=$", what=command)
        return text[text.index("\n") + 1:]


def check(condition, message):
    if not condition:
        raise AssertionError(message)


def time_of(text):
    """Of the first line, in seconds of the day."""
    found = re.search(r"(\d\d):(\d\d):(\d\d)", text)
    check(found, f"no time on the screen:\n{text}")
    return int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3])


def check_fits(text, columns, rows):
    lines = text.rstrip("\n").split("\n")
    check(len(lines) <= rows, f"{len(lines)} lines on {rows} rows:\n{text}")
    for line in lines:
        check(len(line) <= columns, f"{len(line)} columns on {columns}: {line}")


def used_of(text):
    """The CPU column of the workloads, from the top."""
    table = text.split("WORKLOAD", 1)[-1].split("\n")[1:]
    return [float(found[1]) for found in (re.search(r" <?([\d.]+) %", line) for line in table) if found]


class Top:
    """smtscope top in a terminal; the terminal must be given back as it was."""

    def __init__(self, terminal, command, ready, alternate=True):
        self.terminal = terminal
        self.alternate = alternate  # the type has a second screen, and can hide the cursor
        self.before = self.modes()
        terminal.keys("C-l")
        terminal.commands += 1
        self.end = f"OVER{terminal.commands}"
        terminal.type(f"{command}; echo {self.end}=$?=")
        terminal.keys("Enter")
        self.first = terminal.wait(ready, what=command)
        check(terminal.flag("alternate_on") == str(int(alternate)), "not on the alternate screen")
        check(terminal.flag("cursor_flag") == str(int(not alternate)), "the cursor is seen")

    def modes(self):
        text = self.terminal.shell("stty -a")
        return text[text.index("intr"):text.index("DONE")]  # without the size

    def pid(self):
        shell = self.terminal.flag("pane_pid")
        found = subprocess.run(["pgrep", "-P", shell, "-x", "smtscope"], capture_output=True, text=True, check=True)
        return int(found.stdout.split()[0])

    def ended(self, status):
        text = self.terminal.wait(rf"^{self.end}={status}=$", what="the end of top")
        check(self.terminal.flag("alternate_on") == "0", "the alternate screen was not left")
        check(self.terminal.flag("cursor_flag") == "1", "the cursor was not shown again")
        check(self.modes() == self.before, "stty says something else than before")
        return text


def through_every_key(terminal, columns, rows, live):
    """Each key, and what it has to do to the screen. On the overview, running."""
    see, keys = terminal.wait, terminal.keys
    wide = columns >= 110
    # Pages.
    keys("2")
    see(r"by share of the interval|time: - idle", absent="WORKLOAD", what="2")
    keys("3")
    see(r"^WORKLOAD", absent="^CORES", what="3")
    keys("4")
    see(r"^WHO SAT BESIDE", absent="^WORKLOAD", what="4")
    keys("1")
    see(r"^CORES[^$]*^WORKLOAD", what="1")
    keys("Tab")
    see(r"^CORES", absent="^WORKLOAD", what="Tab")
    keys("BTab")
    see(r"^CORES[^$]*^WORKLOAD", what="Shift-Tab")
    # Help: opens, scrolls, closes.
    for close in ("?", "Escape", "q", "Enter"):
        keys("?")
        see(r"^KEYS", what="?")
        keys("G")
        see(r"^NOT MEASURED", what="G in the help")
        keys(close)
        see(r"^WORKLOAD", absent="^KEYS|NOT MEASURED", what=f"{close} in the help")
    # Pause; while it stands still, the rest.
    keys("Space")
    see(r"PAUSED", what="space")
    keys("p")
    see(r"running|playing", absent="PAUSED", what="p")
    keys("p")
    see(r"PAUSED", what="p again")
    # Sorting: s and > forward, < back, r turns round.
    keys("3")
    headers = ["CPU", "ALONE", "SELF", "OTHER"] + (["UNKNOWN", "WAITS/s"] if wide else []) + ["P50", "P99"]
    headers += ["LONGEST"] if wide else []
    for header in headers[1:] + ["WORKLOAD", "CPU"]:
        keys("s")
        see(rf"\[{header}\]", what=f"s to {header}")
    keys("<")
    see(r"\[WORKLOAD\]", what="<")
    keys(">")
    see(r"\[CPU\]", what=">")
    keys("r")
    see(r"\[CPU\^\]", what="r")
    keys("r")
    see(r"\[CPU\]", what="r again")
    end = time.monotonic() + DEADLINE  # the terminal may be in the middle of a picture
    while (used := used_of(terminal.screen())) != sorted(used, reverse=True) or not used:
        check(time.monotonic() < end, f"not sorted by CPU: {used}")
        time.sleep(0.02)
    # Selection and details.
    selected = re.compile(r"\x1b\[7m([^\x1b ]\S*)")

    def selection():
        rows_found = [found[1] for found in map(selected.search, terminal.screen(styles=True).split("\n")[3:-1]) if found]
        return rows_found[0] if rows_found else None

    def select(key, want_other_than):
        keys(key)
        end = time.monotonic() + DEADLINE
        while selection() == want_other_than:
            check(time.monotonic() < end, f"{key} did not move the selection from {want_other_than}")
            time.sleep(0.02)
        return selection()

    first = selection()
    check(first, "no row is selected:\n" + terminal.screen(styles=True))
    second = select("Down", first)
    check(select("Up", second) == first, "Up does not undo Down")
    check(select("j", first) == second, "j is not Down")
    check(select("k", second) == first, "k is not Up")
    last = select("G", first)
    check(select("g", last) == first, "g is not the first row")
    keys("PageDown")
    keys("PageUp")
    keys("g")
    for back in ("Escape", "BSpace"):
        keys("Enter")
        see(r"^DETAILS of ", what="Enter")
        see(r"Waited for a CPU|It never waited|did not get a CPU", what="details")
        keys("Down")
        keys("PageDown")
        keys("PageUp")
        keys(back)
        see(r"^WORKLOAD", absent="^DETAILS", what=back)
    keys("4")
    see(r"^WHO SAT BESIDE", what="4")
    keys("s")
    see(r"\[OF THE FIRST\]", what="s of pairs")
    keys("<")
    see(r"\[TIME\]", what="< of pairs")
    keys("Down")
    keys("Up")
    if not re.search("no two workloads", terminal.screen()):
        keys("Enter")
        see(r"^DETAILS of ", what="Enter on a pair")
        keys("Escape")
        see(r"^WHO SAT", what="back to the pairs")
    keys("3")
    # The filter.
    keys("/")
    see(r"^filter: _", what="/")
    terminal.type("no-such-q1")
    see(r"^filter: no-such-q1_", what="typed")
    keys("BSpace")
    see(r"^filter: no-such-q_", what="backspace")
    see(r"nothing matches 'no-such-q'")
    keys("Enter")
    see(r"/ filter 'no-such-q'", what="kept")
    keys("Escape")
    see(r"1-4 view", absent="nothing matches", what="dropped")
    keys("/")
    terminal.type("KERNEL")
    see(r"^kernel ", what="a filter that matches")
    keys("Escape")
    see(r"1-4 view")
    # Time: a step back is the interval before.
    before = time_of(terminal.screen())
    keys("Left")
    see(r"PAUSED, \d+ back", what="left")
    if not live:
        terminal.wait_time(lambda now: now == before - 1, f"left from {before}")
    keys("Right")
    if not live:
        terminal.wait_time(lambda now: now == before, f"right to {before}")
    keys("1")
    keys("]")
    keys("[")
    keys("C-l")
    see(r"^CORES", what="^L")
    check_fits(terminal.screen(), columns, rows)
    keys("Home")
    if live:
        see(r"PAUSED, \d+ back", what="Home")
        keys("End")
        see(r"running", absent="PAUSED", what="End")
        keys("-")
        see(r"every 500ms", what="-")
        keys("+")
        see(r"every 200ms", what="+")
    else:
        terminal.wait_time(lambda now: now < before, f"Home from {before}")
        see(r"PAUSED", what="Home keeps the pause")
        keys("+")
        see(r"x2$|x2\s", what="+")
        keys("-")
        see(r"x1$|x1\s", what="-")
        keys("End")
        see(r"END", what="End")
        terminal.wait_time(lambda now: now > before, f"End from {before}")


def live(program, folder):
    """Two CPUs of this machine, stated to be siblings: both sizes, a resize, suspend."""
    terminal = Terminal(folder, 80, 24)
    try:
        command = f"{program} top --siblings 0,1 --interval 200ms"
        top = Top(terminal, command, r"^CORES[^$]*^WORKLOAD")
        for word in ("topology from --siblings", r"kernel \S+", r"lost \d", "cost ", "CPU used", "cores with work",
                     "both busy", "true use not stated", "core 0  cpu 0 ", "WORKLOAD"):
            check(re.search(word, top.first), f"no '{word}' on the first screen:\n{top.first}")
        check_fits(top.first, 80, 24)
        terminal.wait(r"kernel +\S+ %", what="the kernel as a workload")
        # Enough past to step back in.
        through_every_key(terminal, 80, 24, live=True)
        terminal.resize(200, 60)
        terminal.wait(r"LONGEST", what="200x60")
        through_every_key(terminal, 200, 60, live=True)
        check_fits(terminal.screen(), 200, 60)
        terminal.resize(50, 8)
        terminal.wait(r"needs 60 x 10", what="50x8")
        terminal.resize(80, 24)
        terminal.wait(r"^WORKLOAD", absent="LONGEST", what="80x24 again")
        terminal.keys("C-z")
        terminal.wait(r"Stopped", what="Ctrl-Z")
        check(terminal.flag("alternate_on") == "0" and terminal.flag("cursor_flag") == "1", "suspended on its screen")
        terminal.type("fg >/dev/null")
        terminal.keys("Enter")
        terminal.wait(r"^WORKLOAD", what="fg")
        check(terminal.flag("alternate_on") == "1", "resumed, not on the alternate screen")
        terminal.keys("q")
        terminal.wait(r"READY\$$", what="q")
        check(terminal.flag("alternate_on") == "0" and terminal.flag("cursor_flag") == "1", "q did not give it back")
        check(top.modes() == top.before, "stty says something else than before")
        ends(terminal, command)
    finally:
        terminal.close()


def ends(terminal, command):
    """Every way to end gives the terminal back."""
    ready = r"^WORKLOAD"
    top = Top(terminal, command, ready)
    terminal.keys("q")
    top.ended(0)
    top = Top(terminal, command, ready)
    terminal.keys("C-c")
    top.ended(0)
    for number, status in ((signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGSEGV, 139), (signal.SIGABRT, 134)):
        top = Top(terminal, command, ready)
        os.kill(top.pid(), number)
        top.ended(status)


def plain(program, folder):
    """Without colours and without UTF-8; a screen that knows no colours."""
    for environment in ({"NO_COLOR": "1"}, {"TERM": "vt100", "LC_ALL": "C"}):
        terminal = Terminal(folder, 80, 24, environment)
        try:
            top = Top(terminal, f"{program} top --siblings 0,1 --interval 200ms", r"^CORES[^$]*^WORKLOAD",
                      alternate="TERM" not in environment)
            text = terminal.screen(styles=True)
            check(not re.search(r"\x1b\[(\d+;)*(3[0-7]|4[0-7]|9\d)[;m]", text), f"colours with {environment}:\n{text}")
            check("LC_ALL" not in environment or text.isascii(), f"more than ASCII:\n{text}")
            terminal.keys("q")
            top.ended(0)
        finally:
            terminal.close()


def recorded(program, make_recording, folder):
    """256 CPUs at both sizes: all of them on the small screen, every key, the end and a broken file."""
    file = f"{folder}/made.smtscope"
    subprocess.run([make_recording, "--cpus", "256", "--entities", "200", "--ticks", "30", file], check=True,
                   capture_output=True)
    for columns, rows in ((80, 24), (200, 60)):
        terminal = Terminal(folder, columns, rows)
        try:
            top = Top(terminal, f"{program} top {file}", r"^CORES[^$]*^WORKLOAD")
            check_fits(top.first, columns, rows)
            check(re.search(r"128 cores x 2 threads", top.first), top.first)
            cells = sum(len(re.findall(r" [.?▁▂▃▄▅▆▇█]{2}[-opB?](?= |$)", line))
                        for line in top.first.split("\n") if re.search(r"core \d+ ", line))
            check(cells == 128, f"{cells} cores on the map, not 128:\n{top.first}")
            terminal.wait_time(lambda now, first=time_of(top.first): now >= first + 2, "playing")
            through_every_key(terminal, columns, rows, live=False)
            # The cores a line each, page by page, to the last one.
            terminal.keys("2")
            terminal.wait(r"^(s\d )?core 0 +cpu 0 ", what="the first page of cores")
            for _ in range(10):
                terminal.keys("PageDown")
            terminal.wait(r"core 127 +cpu 127 ", what="the last page of cores")
            for _ in range(10):
                terminal.keys("[")
            terminal.wait(r"core 0 +cpu 0 ", what="[")
            # Three steps in the end, one by one.
            terminal.keys("Left", "Left")
            terminal.wait(r"PAUSED, 2 back")
            terminal.keys("Right")
            terminal.wait(r"PAUSED, 1 back")
            terminal.keys("q")
            top.ended(0)
        finally:
            terminal.close()
    broken(program, file, folder)


def broken(program, file, folder):
    """Cut in the middle: what is whole is shown, the warning on the screen and after the end."""
    part = f"{folder}/part.smtscope"
    with open(file, "rb") as whole, open(part, "wb") as out:
        out.write(whole.read(os.path.getsize(file) * 2 // 3))
    terminal = Terminal(folder, 80, 24)
    try:
        top = Top(terminal, f"{program} top --speed 60 {part}", r"^ smtscope top .* END ")
        check("note: " in terminal.wait(r"note: "), "no warning")
        terminal.keys("q")
        text = top.ended(0)
        check(re.search(r"^smtscope: ", text, re.M), f"no warning after the end:\n{text}")
        top = Top(terminal, f"{program} top --of service-3.service {file}", r"^DETAILS of service-3.service")
        terminal.keys("q")
        top.ended(0)
    finally:
        terminal.close()


def cost(program, folder):
    """At most 1 % of a CPU at one picture a second."""
    for columns, rows in ((80, 24), (200, 60)):
        terminal = Terminal(folder, columns, rows)
        try:
            top = Top(terminal, f"{program} top --siblings 0,1", r"^CORES[^$]*^WORKLOAD")
            pid = top.pid()

            def cpu_ns(pid=pid):
                spent = 0
                for thread in os.listdir(f"/proc/{pid}/task"):
                    with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
                        spent += int(file.read().split()[0])
                return spent

            begun, before = time.monotonic(), cpu_ns()
            time.sleep(4)
            share = (cpu_ns() - before) / 1e9 / (time.monotonic() - begun)
            print(f"cost at {columns}x{rows}: {share * 100:.2f} % of a CPU")
            check(0 < share <= 0.01, f"{share * 100:.2f} % of a CPU")
            terminal.keys("q")
            top.ended(0)
        finally:
            terminal.close()


def without_terminal(program):
    """What cannot be is said before the screen is taken."""
    done = subprocess.run([program, "top"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    check(done.returncode == 2 and not done.stdout, str(done))
    for instead in ("stat --interval", "report"):
        check(instead in done.stderr, str(done))


def refusals(program, folder):
    terminal = Terminal(folder, 80, 24)
    try:
        for command, status, say in ((f"TERM=dumb {program} top", 2, "cannot move its cursor"),
                                     (f"TERM=nonsense {program} top", 2, "is not known here"),
                                     (f"{program} top --interval 1h", 2, "100ms .. 60s"),
                                     (f"{program} top /nonexistent", 66, "nonexistent"),
                                     (f"{program} top --from 03:05", 2, "recordings"),
                                     (f"{program} top --of no-such-thing-here", 2, "no-such-thing-here")):
            text = terminal.shell(command)
            check(f"={status}=" in text and say in text.replace("\n", ""), f"{command}:\n{text}")
            check(terminal.flag("alternate_on") == "0", f"{command} took the screen")
    finally:
        terminal.close()


def main():
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    program, make_recording = sys.argv[1:]
    failed = 0
    for name, test in (("without_terminal", lambda folder: without_terminal(program)),
                       ("refusals", lambda folder: refusals(program, folder)),
                       ("live", lambda folder: live(program, folder)),
                       ("cost", lambda folder: cost(program, folder)),
                       ("plain", lambda folder: plain(program, folder)),
                       ("recorded", lambda folder: recorded(program, make_recording, folder))):
        folder = tempfile.mkdtemp(prefix="smtscope-top-")
        begun = time.monotonic()
        try:
            test(folder)
            print(f"{name}: passed, {time.monotonic() - begun:.1f} s")
        except (AssertionError, subprocess.CalledProcessError) as wrong:
            failed += 1
            print(f"{name}: FAILED, {time.monotonic() - begun:.1f} s\n{wrong}")
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
