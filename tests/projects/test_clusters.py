"""Trainings on clusters started here, whose machines are this one: SLURM and two hosts on Debian, as root; torchrun; Ray."""

import contextlib
import csv
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from support.generated import Generated, Started, generate
from support.helpers import PACKAGE, run

pytestmark = [pytest.mark.exhaustive, pytest.mark.skipif(os.name == "nt", reason="processes are killed as POSIX does")]
AS_ROOT = pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0 or not shutil.which("apt-get"), reason="needs Debian, as root")

CONFIGURATION = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort=16817
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=cred_expire=5
KillWait=5
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
ReturnToService=2
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_min_interval=100000,sched_interval=1,bf_interval=1
SlurmdParameters=config_overrides
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port=17001 CPUs=2
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port=17002 CPUs=2
PreemptType=preempt/partition_prio
PartitionName=main Nodes=n1,n2 Default=YES MaxTime=INFINITE State=UP PreemptMode=REQUEUE PriorityTier=1
PartitionName=urgent Nodes=n1,n2 MaxTime=INFINITE State=UP PreemptMode=OFF PriorityTier=9
PreemptMode=REQUEUE
"""
SMALL = [
    "experiment=sample", "model.backbone=mobilenetv3_small_050", "data.image_size=64", "data.batch_size=4", "data.num_workers=0",
    "trainer.limit_train_batches=3", "trainer.limit_val_batches=1", "trainer.limit_test_batches=1", "trainer.accelerator=cpu",
    "callbacks.prediction_pictures=null", "callbacks.early_stopping=null", "report=false", "logger=csv",
]  # fmt: skip


# Without the variable, processes that are started again read the addresses of those before them.
TORCHRUN = ["env", "TORCH_DISABLE_SHARE_RDZV_TCP_STORE=1", "python", "-m", "torch.distributed.run", "--rdzv-backend=c10d"]


@pytest.fixture(scope="module")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What commands have to find in their environment to use the cluster."""
    packages = ["slurmctld", "slurmd", "slurm-client", "munge"]
    installed = run(["apt-get", "install", "--yes", "--no-install-recommends", *packages], timeout=600)
    assert installed.returncode == 0, installed.stdout
    folder = tmp_path_factory.mktemp("slurm")
    (folder / "state").mkdir()
    configuration = folder / "slurm.conf"
    configuration.write_text(CONFIGURATION.format(host=socket.gethostname().partition(".")[0], folder=folder))
    for name in ("run", "var/log", "var/lib"):
        (place := Path("/") / name / "munge").mkdir(exist_ok=True)
        shutil.chown(place, "munge", "munge")
    munge = ["setpriv", "--reuid=munge", "--regid=munge", "--clear-groups", "/usr/sbin/munged", "--foreground"]
    nodes = [["slurmd", "-D", "-f", str(configuration), "-N", name] for name in ("n1", "n2")]
    environment = {"SLURM_CONF": str(configuration)}
    with contextlib.ExitStack() as stack:
        for command in (munge, ["slurmctld", "-D", "-f", str(configuration)], *nodes):
            process = stack.enter_context(subprocess.Popen(command, env=os.environ | environment))
            stack.callback(process.kill)
            time.sleep(1)
        yield environment


def wait_until(happened: Callable[[], object], log: Path, seconds: int = 600) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, log.read_text()[-6000:] if log.exists() else "nothing was logged"
        time.sleep(0.2)


def switch_off(process: int) -> None:
    """Kills a process and whatever descends from it, as when their machine is lost."""
    children = run(["pgrep", "--parent", str(process)]).stdout.split()
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, 9)
    for child in children:
        switch_off(int(child))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Generated:
    project = generate(tmp_path_factory.mktemp("clusters"), task="classification", logger="csv", validate="skip")
    project.check("uv", "sync")
    return project


def rows_of(run_folder: Path) -> list[dict[str, str]]:
    """What the curves say, step by step; a table of them gets columns as a training goes on."""
    with (run_folder / "metrics.csv").open(newline="") as opened:
        return [{name: value for name, value in row.items() if value} for row in csv.DictReader(opened)]


def assert_whole(run_folder: Path, epochs: int) -> None:
    """The run has trained each epoch once, and was tested."""
    seen = [int(row["epoch"]) for row in rows_of(run_folder) if "val/loss" in row]
    assert seen == sorted(set(seen))
    assert seen[-1] == epochs - 1
    assert "test/acc" in json.loads((run_folder / "metrics.json").read_text())


@pytest.fixture
def control(project: Generated, slurm: dict[str, str]) -> Callable[..., str]:
    """Runs a command of SLURM in the project, and returns what it printed."""
    environment = project.environment | slurm | {"MASTER_ADDR": "127.0.0.1", "UV_NO_SYNC": "1"}

    def controlled(*command: str) -> str:
        done = run(list(command), cwd=project.folder, env=environment)
        assert done.returncode == 0, done.stdout
        return done.stdout.strip()

    return controlled


def submitted(control: Callable[..., str], log: Path, tasks: int, *more: str) -> str:
    """The number of a job that trains with so many processes on a node."""
    job = ["--nodes=1", f"--ntasks-per-node={tasks}", "--gpus-per-node=0", "--cpus-per-task=1", f"--output={log}"]
    return control("sbatch", "--parsable", *job, *more)


@AS_ROOT
def test_a_job_of_slurm_that_is_out_of_time_goes_on_in_its_run(project: Generated, control: Callable[..., str]) -> None:
    log = project.folder / "out-of-time.log"
    number = submitted(control, log, 2, "launch/slurm.sh", *SMALL, "trainer.max_epochs=40")
    folder = project.folder / "outputs" / f"slurm-{number}-0"
    wait_until((folder / "metrics.csv").exists, log)
    control("scancel", "--signal=USR1", f"{number}.0")  # as SLURM does before the time is over
    wait_until(lambda: "Restarts=1" in control("scontrol", "show", "job", number), log)
    before = rows_of(folder)
    wait_until(lambda: "JobState=COMPLETED" in control("scontrol", "show", "job", number), log, 1200)
    assert rows_of(folder)[: len(before)] == before, "the curves begin anew"
    assert_whole(folder, 40)
    assert [*folder.parent.glob(f"slurm-{number}-*")] == [folder]
    assert "Stopped. Go on with" in log.read_text()


@AS_ROOT
def test_a_job_of_slurm_that_a_more_urgent_one_displaces_goes_on(project: Generated, control: Callable[..., str]) -> None:
    log = project.folder / "preempted.log"
    number = submitted(control, log, 2, "launch/slurm.sh", *SMALL, "trainer.max_epochs=40")
    folder = project.folder / "outputs" / f"slurm-{number}-0"
    wait_until((folder / "metrics.csv").exists, log)
    before = rows_of(folder)
    control("sbatch", "--partition=urgent", "--nodes=2", "--exclusive", "--output=/dev/null", "--wrap=true")
    wait_until(lambda: "Restarts=1" in control("scontrol", "show", "job", number), log)
    wait_until(lambda: "JobState=COMPLETED" in control("scontrol", "show", "job", number), log, 1200)
    assert rows_of(folder)[: len(before)] == before, "the curves begin anew"
    assert_whole(folder, 40)
    assert [*folder.parent.glob(f"slurm-{number}-*")] == [folder]


@AS_ROOT
def test_an_array_of_slurm_makes_a_run_for_each_value(project: Generated, control: Callable[..., str]) -> None:
    log = project.folder / "array.log"
    value = "data.fold=${oc.env:SLURM_ARRAY_TASK_ID}"
    array = ["--array=0-1", "--open-mode=append", "launch/slurm.sh", *SMALL, "trainer.max_epochs=1", "data.folds=3", value]
    number = submitted(control, log, 1, *array)
    wait_until(lambda: control("squeue", "--noheader", f"--jobs={number}") == "", log, 1200)
    runs = [path.parent for path in (project.folder / "outputs").glob("slurm-*/metrics.json")]
    folds = [yaml.safe_load((path / "config.yaml").read_text())["data"]["fold"] for path in runs]
    assert {0, 1} <= {*folds}, log.read_text()[-6000:]


def test_a_worker_of_torchrun_that_is_killed_comes_back_and_the_training_goes_on(project: Generated) -> None:
    launcher = [*TORCHRUN, "--nproc-per-node=2", "--max-restarts=1", "--rdzv-endpoint=127.0.0.1:29411", "--rdzv-id=killed"]
    folder = project.folder / "outputs" / "torchrun-killed"
    with project.started(*launcher, "-m", f"{PACKAGE}.commands.train", *SMALL, "trainer.max_epochs=40") as started:
        started.wait_until((folder / "checkpoints" / "last.ckpt").exists)
        workers = run(["pgrep", "--parent", str(started.process.pid)]).stdout.split()
        os.kill(int(workers[-1]), 9)
        started.process.wait(timeout=1200)
        said = started.log.read_text()
    assert started.process.returncode == 0, said[-6000:]
    assert said.count("Data: ") == 2, "the training did not start again"
    assert_whole(folder, 40)


@contextlib.contextmanager
def two_hosts() -> Iterator[list[list[str]]]:
    """What stands before a command for each of two hosts, which have a network and a name of their own, and all else in common."""
    names = {f"host{number}": f"10.77.0.{number}" for number in (1, 2)}
    table = "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in names.items())

    def ip(*words: str) -> None:
        done = run(["ip", *words])
        assert done.returncode == 0, done.stdout

    with contextlib.ExitStack() as stack:
        for name in names:
            ip("netns", "add", name)
            stack.callback(ip, "netns", "delete", name)
            (tables := Path("/etc/netns") / name).mkdir(parents=True)
            stack.callback(shutil.rmtree, tables)
            (tables / "hosts").write_text(table)
        ip("link", "add", "cable1", "netns", "host1", "type", "veth", "peer", "name", "cable2", "netns", "host2")
        for (name, address), end in zip(names.items(), ("cable1", "cable2"), strict=True):
            ip("-n", name, "address", "add", f"{address}/24", "dev", end)
            ip("-n", name, "link", "set", end, "up")
            ip("-n", name, "link", "set", "lo", "up")
        yield [["ip", "netns", "exec", name, "unshare", "--uts", "sh", "-c", f'hostname {name}; exec "$@"', name] for name in names]


@AS_ROOT
def test_a_host_that_is_lost_comes_back_and_the_training_goes_on(project: Generated) -> None:
    launcher = [*TORCHRUN, "--nnodes=2", "--max-restarts=3", "--rdzv-endpoint=host1:29400", "--rdzv-id=hosts"]
    folder = project.folder / "outputs" / "torchrun-hosts"
    with contextlib.ExitStack() as stack:
        hosts = stack.enter_context(two_hosts())

        def start(host: int, name: str) -> Started:
            command = [*hosts[host], *launcher, "-m", f"{PACKAGE}.commands.train", *SMALL, "trainer.max_epochs=40"]
            return stack.enter_context(project.started(*command, name=name))

        first, lost = start(0, "first"), start(1, "lost")
        first.wait_until((folder / "metrics.csv").exists)
        switch_off(lost.process.pid)
        before = rows_of(folder)
        again = start(1, "again")
        for agent in (first, again):
            agent.process.wait(timeout=1200)
            assert agent.process.returncode == 0, agent.log.read_text()[-6000:]
    assert rows_of(folder)[: len(before)] == before
    assert_whole(folder, 40)


def test_a_machine_of_ray_that_is_lost_is_replaced_and_the_training_goes_on(project: Generated) -> None:
    project.check("uv", "add", "ray[train]")
    folder = project.folder / "outputs" / "torchrun-ray"
    with contextlib.ExitStack() as stack:

        def start(name: str, *options: str) -> Started:
            started = stack.enter_context(project.started("ray", "start", "--block", "--num-cpus=1", *options, name=name))
            stack.callback(switch_off, started.process.pid)  # Ray's processes are in groups of their own
            return started

        head = start("head", "--head", "--port=6399", "--include-dashboard=false", "--disable-usage-stats")
        head.wait_until(lambda: "Ray runtime started" in head.log.read_text())
        lost = start("lost", "--address=127.0.0.1:6399")
        arguments = ["ray", "2", *SMALL, "trainer.max_epochs=40"]
        command = ["env", "RAY_ADDRESS=127.0.0.1:6399", "python", "launch/ray_train.py", *arguments]
        driver = stack.enter_context(project.started(*command, name="driver"))
        driver.wait_until((folder / "metrics.csv").exists)
        switch_off(lost.process.pid)
        before = rows_of(folder)
        start("replacement", "--address=127.0.0.1:6399")
        driver.process.wait(timeout=1200)
        said = driver.log.read_text()
    assert driver.process.returncode == 0, said[-6000:]
    assert said.count("Data: ") > 1, "the training did not start again"
    assert rows_of(folder)[: len(before)] == before
    assert_whole(folder, 40)
