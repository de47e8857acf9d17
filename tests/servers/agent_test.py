# SPDX-License-Identifier: Apache-2.0
"""A real Prometheus scrapes a real agent: values, types, what vanished, reloads and restarts."""
import json
import os
import signal
import socket
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

from prometheus_test import promtool_check
from tools import Missing

CORE_TIME = "smtscope_node_core_time_seconds_total"
ENTITY_TIME = "smtscope_entity_cpu_time_seconds_total"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def get(url):
    with urllib.request.urlopen(url, timeout=10) as reply:
        return reply.read()


def eventually(seconds, condition):
    """Whether the condition held in time; an OSError is a no."""
    end = time.monotonic() + seconds
    while True:
        try:
            if condition():
                return True
        except OSError:
            pass
        if time.monotonic() > end:
            return False
        time.sleep(0.3)


class Process:
    """A program that is killed at the end of the test."""

    def __init__(self, command, log):
        with open(log, "ab") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=out,
                                            stderr=out)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()

    def signal(self, number):
        self.process.send_signal(number)


class Node:
    """One agent, and one Prometheus that scrapes it every second."""

    def __init__(self, tools):
        self.tools = tools
        self.folder = tools.work / "agent"
        subprocess.run(["rm", "-rf", self.folder], check=True)
        self.folder.mkdir(parents=True)
        self.agent_port, self.port = free_port(), free_port()

    def agent(self):
        return Process([self.tools.binary, "agent", "--set", f"http.listen=127.0.0.1:{self.agent_port}", "--set",
                        "topology.siblings='0,1'"], self.folder / "agent.log")

    def prometheus(self):
        config = self.folder / "prometheus.yml"
        config.write_text("global: {scrape_interval: 1s}\nscrape_configs:\n- job_name: smtscope\n  static_configs:\n"
                          f"  - targets: ['127.0.0.1:{self.agent_port}']\n")
        return Process([self.tools.prometheus() / "prometheus", f"--config.file={config}",
                        f"--storage.tsdb.path={self.folder / 'data'}", f"--web.listen-address=127.0.0.1:{self.port}"],
                       self.folder / "prometheus.log")

    def api(self, path, **query):
        reply = json.loads(get(f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"))
        return reply["data"]

    def query(self, text):
        """[(labels, value)] now."""
        return [(r["metric"], float(r["value"][1])) for r in self.api("query", query=text)["result"]]

    def number(self, text):
        result = self.query(text)
        return result[0][1] if result else None


def cgroup_root():
    for path in ("/sys/fs/cgroup/memory", "/sys/fs/cgroup"):
        if (Path(path) / "cgroup.procs").exists():
            return Path(path)
    raise Missing("no cgroup hierarchy is mounted")


def run_in_cgroup(name, seconds):
    """A busy process in a cgroup of its own, which is gone afterwards."""
    group = cgroup_root() / name
    group.mkdir(exist_ok=True)
    work = subprocess.Popen(["sh", "-c", "while :; do :; done"],
                            preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())))
    time.sleep(seconds)
    work.kill()
    work.wait()
    eventually(5, lambda: remove(group))


def remove(folder):
    folder.rmdir()
    return True


def check_types(node, problems):
    metadata = node.api("metadata")
    for name, kind in {CORE_TIME: "counter", ENTITY_TIME: "counter", "smtscope_entity_info": "gauge",
                       "smtscope_entity_runqueue_wait_seconds": "histogram", "smtscope_collector_state": "gauge",
                       "process_memory_usage_bytes": "gauge"}.items():
        got = [entry["type"] for entry in metadata.get(name, [])]
        if got != [kind]:
            problems.append(f"type of {name}: {got}, expected {kind}")


def check_values(node, problems):
    # One core is stated: its states take a second a second.
    rate = node.number(f"sum(rate({CORE_TIME}[10s]))")
    if rate is None or not 0.9 < rate < 1.1:
        problems.append(f"core time grows by {rate} s a second, expected 1")
    pairs = node.number("sum(rate(smtscope_pair_time_seconds_total[10s]))")
    both = node.number(f'sum(rate({CORE_TIME}{{smtscope_core_state="all_busy"}}[10s]))')
    if pairs is None or both is None or abs(pairs - both) > 0.01 + 0.05 * both:
        problems.append(f"pairs grow by {pairs} s a second, all busy by {both}")
    status, said = promtool_check(node.tools, get(f"http://127.0.0.1:{node.agent_port}/metrics"))
    if status or said:
        problems.append(f"promtool check metrics on the live page: {status} {said}")


def lives_through_a_reload_and_a_restart(node, agent, problems):
    agent.signal(signal.SIGHUP)
    time.sleep(8)
    resets = node.number(f"max(resets({CORE_TIME}[1m]))")
    if resets != 0:
        problems.append(f"SIGHUP: {resets} resets of core time, expected none")
    agent.signal(signal.SIGKILL)
    agent.process.wait()
    with node.agent():
        if not eventually(30, lambda: (node.number(f"sum({CORE_TIME})") or 1e9) < 5):
            problems.append("after a restart the page does not begin anew")
        time.sleep(8)
        resets = node.number(f'max(resets({CORE_TIME}[1m]))')
        rate = node.number(f"sum(rate({CORE_TIME}[20s]))")
        if not resets:
            problems.append("the restart is not seen as a reset of the counters")
        if rate is None or not 0.4 < rate < 1.3:
            problems.append(f"over the restart core time grows by {rate} s a second")


def scraped(tools):
    """Values, types, staleness of a vanished entity, reload, restart."""
    node, problems = Node(tools), []
    name = f"smtscope-vanishes-{os.getpid()}"
    series = f'{ENTITY_TIME}{{smtscope_entity_name=~".*{name}"}}'
    with node.agent() as agent, node.prometheus():
        if not eventually(30, lambda: node.query('up{job="smtscope"} == 1')):
            return ["Prometheus does not scrape the agent", (node.folder / "agent.log").read_text()[-500:]]
        run_in_cgroup(name, 3)
        if not eventually(10, lambda: (node.number(f"sum({series})") or 0) > 1):
            problems.append(f"the busy cgroup has {node.query(series)}, expected more than 1 s")
        time.sleep(8)
        check_types(node, problems)
        check_values(node, problems)
        if not node.query(series):
            problems.append("an entity that is idle for some seconds must not vanish")
        # Gone and idle for a minute, looked for every 10 s.
        if not eventually(120, lambda: not node.query(series)):
            problems.append("the series of a cgroup that is gone do not go stale")
        lives_through_a_reload_and_a_restart(node, agent, problems)
    return problems


TESTS = {"prometheus_scrapes": scraped}
