"""Every combination of choices gives a complete, valid and clean project of its task only.

All texts are hostile in all combinations: what holds here holds for any description and name.
"""

import ast
import itertools
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.helpers import CHOICES, PROJECT, TASKS, TEMPLATE, facts, render, run, sources

HOSTILE = {
    "project_name": 'Zoë\'s "birds" \\o/ 🦊 # 1: {} 李',
    "description": "It's \"quoted\", back\\slashed \\n \\u0041, # no comment: {}, ${VAR}, 'é', 🦊 鸟.",
    "author_name": 'Jürgen "J" O\'Neill \\ <&> 李小龙 🦊',
    "author_email": "j.o'neill+x@sub.example.org",
}
NAMES = {"project_slug": "bird-finder", "package_name": "bird_finder"}
FOLDER_OF_IMAGES = '/data/o\'brien "x" #1 鸟'  # absolute, and never looked at, since the hooks do not run here

COMMON_DEPENDENCIES = {
    "huggingface-hub", "hydra-core", "jinja2", "lightning", "numpy", "omegaconf", "pillow", "pydantic",
    "rich", "timm", "torch", "torchmetrics", "torchvision",
}  # fmt: skip
LICENSE_NAMES = {name: "LicenseRef-Proprietary" if name == "Proprietary" else name for name in CHOICES["license"]}
LICENSE_TEXTS = {
    "MIT": "Permission is hereby granted, free of charge",
    "Apache-2.0": "Apache License",
    "BSD-3-Clause": "Redistribution and use in source and binary forms",
    "Proprietary": "All rights reserved",
}

# What gives a task away, as whole words in any case.
WORDS = {
    "classification": r"classif\w+|softmax|accuracy|multiclassaccuracy|(train|val|test)/(acc|f1)|multi-?label",
    "detection": r"detect(ion|or)s?|box(es)?|bbox\w*|fcos|coco|\w*voc|nms|anchors?|(val|test)/map\w*|\w*averageprecision",
    "segmentation": r"segment\w*|masks?|\w*jaccard\w*|m?iou|dice|smp|unet\w*|(val|test)/miou|palettes?",
}
# Words of another task that mean something else there; `src/` stands for the package.
INNOCENT = {
    "README.md": r"\| COCO \||\| Pascal VOC \||coco_polygons|pascal_voc_masks|val/map",  # of masks; of labels
    "src/model/labeling.py": r"\w*AveragePrecision",
    "tests/results/test_numbers.py": r"test/map",
    "src/data/clues.py": r"COCO",
    "src/data/other_tasks.py": r"(?i:classification|detection|segment(ation)?|bbox\w*|box(es)?|masks?)",  # which of them fits
    "tests/data/test_other_tasks.py": r"(?i:classification|detection|segmentation|bbox|boxes|masks?)",
    "src/data/codes.py": r"COCO-Stuff",
    "src/data/formats/cvat.py": r"masks?",  # what may be drawn in CVAT
    "tests/data/formats/test_cvat.py": r"mask",
    "src/data/coco_shapes.py": r"(?i:coco(_shapes)?)",
    "src/data/formats/__init__.py": r"coco_polygons|pascal_voc_masks",
    "src/data/formats/class_folders.py": r"mask",  # what is left out
    "src/data/marks.py": r"(?i:masks?)|segmentation",  # what is left out, or no classes
    "tests/data/formats/test_class_folders.py": r"masks?|(?i:segmentation\w*)",
    "src/data/label_json.py": r"(?i:coco)|boxes|bbox|segmentation",  # keys of annotations that are not of whole images
    "src/data/formats/label_table.py": r"COCO|boxes",
    "tests/data/formats/test_label_table.py": r"boxes|bbox",
    "src/data/formats/coco_polygons.py": r"(?i:coco(_shapes|_polygons)?)",
    "src/data/formats/yolo_polygons.py": r"coco_shapes",
    "src/data/formats/pascal_voc_masks.py": r"(?i:pascal[_ ]voc(_masks)?)",
    "src/data/runs.py": r"COCO",
    "src/data/shapes.py": r"_?draw_mask|mask|Resampling\.BOX",  # where a shape is while it is drawn
    "src/data/coco_file.py": r"segmentation",  # the key of an outline
    "tests/data/formats/test_coco.py": r"segmentation",
    "tests/data/test_outlines.py": r"import mask",  # pycocotools' name for what reads outlines
    "src/model/exportable.py": r"box_iou",
    "src/data/label_findings.py": r"box_iou",
    "src/model/loss.py": r"log_softmax|box_iou",
    "src/results/pages/parts.html.jinja": r"text-anchor",
    "src/results/pages/style.css": r"box-sizing: border-box",
    "src/model/module.py": r"torchmetrics\.classification|iou_thresholds|val/map",  # metrics of pixels, too; of boxes; of labels
    "src/config/model.py": r"val/map",  # of labels
    "tests/config/test_settings.py": r"val/map",
    "tests/data/formats/test_coco_polygons.py": r"(test_)?coco(_polygons)?",
    "tests/data/formats/test_pascal_voc_masks.py": r"(test_)?pascal_voc(_masks)?",
    "tests/model/test_decode.py": r"box_iou",
    "tests/model/test_module.py": r"classification_head|(test|val)/map",  # torchvision's name in its detectors; of labels
}


YAML_RULES = """
extends: default
rules:
  line-length: disable
  document-start: disable
  truthy: {check-keys: false}  # `on:` of GitHub Actions
  comments: {min-spaces-from-content: 1}
"""


@dataclass(frozen=True)
class Project:
    answers: dict[str, str]
    folder: Path

    def __str__(self) -> str:
        return " ".join(self.answers[name] for name in CHOICES)

    def toml(self) -> dict:
        return tomllib.loads((self.folder / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=TASKS)
def projects(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Project]:
    """All 64 combinations of one task, in one folder."""
    root = tmp_path_factory.mktemp(request.param)
    made = []
    choices = itertools.product(CHOICES["logger"], CHOICES["license"], CHOICES["torch_build"], ["", FOLDER_OF_IMAGES])
    for number, (logger, license_name, torch_build, data_dir) in enumerate(choices):
        answers = {**HOSTILE, **NAMES, "task": request.param, "logger": logger, "license": license_name}
        answers |= {"torch_build": torch_build, "data_dir": data_dir, "validate": "skip"}
        made.append(Project(answers, render(root / str(number), **answers)))
    return made


def distinct_texts(projects: list[Project]) -> Iterator[tuple[Path, str]]:
    """Each file but pictures, with each content that it has in some combination, once."""
    seen = set()
    for project in projects:
        for path in project.folder.rglob("*"):
            if path.is_file() and path.suffix != ".jpg":
                key = path.relative_to(project.folder), path.read_bytes()
                if key not in seen:
                    seen.add(key)
                    yield path, key[1].decode()


def test_files_are_exactly_those_of_the_template(projects: list[Project]) -> None:
    for project in projects:
        names = {path.relative_to(project.folder).as_posix() for path in project.folder.rglob("*") if path.is_file()}
        assert names == sources(**project.answers).keys(), project
        folders = {path for path in project.folder.rglob("*") if path.is_dir()}
        assert folders == {parent for path in project.folder.rglob("*") if path.is_file() for parent in path.parents} & folders


def test_names_are_legal_on_every_file_system(projects: list[Project]) -> None:
    """Windows: https://learn.microsoft.com/windows/win32/fileio/naming-a-file; some systems do not tell cases apart."""
    of_template = {path.relative_to(TEMPLATE) for path in [*PROJECT.rglob("*"), *(TEMPLATE / "templates").rglob("*")]}
    of_project = {path.relative_to(projects[0].folder) for path in projects[0].folder.rglob("*")}
    # 260 characters are allowed with the folder that it lies in; names that depend on the task are longer in the template.
    for paths, limit in ((of_template, 170), (of_project, 120)):
        assert len({str(path).casefold() for path in paths}) == len(paths)
        for path in paths:
            for part in path.parts:
                assert not re.search(r'[<>:"\\|?*\x00-\x1f]', part), path
                assert part == part.rstrip(". "), path
                assert not re.fullmatch(r"(con|prn|aux|nul|(com|lpt)\d)(\..*)?", part, re.IGNORECASE), path
            assert len(str(path)) < limit, path


def test_only_package_markers_are_empty(projects: list[Project]) -> None:
    assert {path.name for path, text in distinct_texts(projects) if not text.strip()} <= {"__init__.py"}


def test_no_template_syntax_is_left(projects: list[Project]) -> None:
    for path, text in distinct_texts(projects):
        if path.suffix == ".jinja":  # a page of the project's own
            continue
        text = re.sub(r":\.\d%\}", "", text)  # percentages of Python
        if ".github" in path.parts:
            text = re.sub(r"\$\{\{[^{}]*\}\}", "", text)  # expressions of GitHub Actions
        assert not re.findall(r"\{\{|\{%|\{#|%\}|cookiecutter\.(?!json\b)\w", text), path


def documents(text: str) -> list[Any]:
    return list(yaml.safe_load_all(text))


def test_files_parse(projects: list[Project]) -> None:
    parsers = {".toml": tomllib.loads, ".json": json.loads, ".yaml": documents, ".yml": documents, ".py": ast.parse}
    parsed = set()
    for path, text in distinct_texts(projects):
        if parser := parsers.get(path.suffix):
            parsed.add(path.suffix)
            try:
                parser(text)
            except Exception as error:
                pytest.fail(f"{path}: {error}")
            if path.suffix == ".py":
                compile(text, path, "exec", dont_inherit=True)
    assert {".toml", ".json", ".yaml", ".py"} <= parsed


def test_lines_end_cleanly(projects: list[Project]) -> None:
    for path, text in distinct_texts(projects):
        assert not re.findall(r"[ \t\r]+$", text, re.MULTILINE), f"{path}: blanks at the end of a line"
        assert not text or text.endswith("\n"), f"{path}: no end of line at the end"
        assert not text.endswith("\n\n"), f"{path}: empty lines at the end"
        assert not text.startswith("\n"), f"{path}: empty lines at the start"


@pytest.mark.parametrize("check", ["check --output-format=concise", "format --check"])
def test_ruff_is_clean(check: str, projects: list[Project]) -> None:
    # Each project is judged by the configuration in its own pyproject.toml.
    result = run([sys.executable, "-m", "ruff", *check.split(), "--no-cache", str(projects[0].folder.parents[1])])
    assert result.returncode == 0, result.stdout[:3000]


@pytest.mark.parametrize("package", ["z", "a" * 40])  # the longest that the hook accepts
def test_ruff_is_clean_with_names_of_any_length(package: str, tmp_path: Path) -> None:
    for task in TASKS:
        render(tmp_path / task, task=task, package_name=package)
    for check in ("check", "format --check"):
        result = run([sys.executable, "-m", "ruff", *check.split(), "--no-cache", str(tmp_path)])
        assert result.returncode == 0, result.stdout[:3000]


def test_no_trace_of_another_task(projects: list[Project]) -> None:
    task, package = projects[0].answers["task"], projects[0].answers["package_name"]
    others = "|".join(words for other, words in WORDS.items() if other != task)
    traces = []
    for path, text in distinct_texts(projects):
        name = path.relative_to(projects[0].folder.parents[1]).as_posix().split("/", 2)[2].replace(f"src/{package}/", "src/")
        for line in [name, *text.splitlines()]:
            harmless = re.sub(INNOCENT.get(name, r"$^"), "", line)
            if found := re.search(rf"(?<![a-z])({others})(?![a-z])", harmless, re.IGNORECASE):
                traces.append(f"{name}: {found[0]} in {line.strip()}")
    assert not traces, "\n".join(traces)


def name_of(dependency: str) -> str:
    return re.split(r"[^a-zA-Z0-9-]", dependency)[0]


def test_dependencies_are_those_of_the_task_and_the_logger(projects: list[Project]) -> None:
    for project in projects:
        dependencies = project.toml()["project"]["dependencies"]
        names = [name_of(dependency) for dependency in dependencies]
        of_task = {name_of(dependency) for dependency in facts(project.answers["task"])["dependencies"]}
        wanted = COMMON_DEPENDENCIES | of_task | ({project.answers["logger"]} - {"csv"})
        assert set(names) == wanted, project
        assert len(names) == len(wanted), project
        assert all(re.search(r">=\d", dependency) for dependency in dependencies), project


def test_only_the_cpu_build_names_an_index(projects: list[Project]) -> None:
    for project in projects:
        settings = project.toml()["tool"]["uv"]
        if project.answers["torch_build"] == "cpu":
            assert [index["explicit"] for index in settings["index"]] == [True], project
            assert settings["sources"].keys() == {"torch", "torchvision"}, project
        else:
            assert not {"index", "sources"} & settings.keys(), project


def test_texts_arrive_unchanged(projects: list[Project]) -> None:
    for project in projects:
        table = project.toml()["project"]
        assert table["name"] == NAMES["project_slug"]
        assert table["description"] == HOSTILE["description"]
        assert table["authors"] == [{"name": HOSTILE["author_name"], "email": HOSTILE["author_email"]}]
        assert table["license"] == LICENSE_NAMES[project.answers["license"]]
        kept = json.loads((project.folder / ".cookiecutter.json").read_text(encoding="utf-8"))
        assert kept == {"cookiecutter": project.answers}
        assert HOSTILE["project_name"] in (project.folder / "README.md").read_text(encoding="utf-8").splitlines()[0]
        license_text = (project.folder / "LICENSE").read_text(encoding="utf-8")
        assert LICENSE_TEXTS[project.answers["license"]] in license_text, project
        assert HOSTILE["author_name"] in license_text or project.answers["license"] == "Apache-2.0", project


def test_configuration_has_the_folder_and_the_logger(projects: list[Project]) -> None:
    for project in projects:
        data = yaml.safe_load((project.folder / "configs/data/default.yaml").read_text(encoding="utf-8"))
        assert data["root"] == (project.answers["data_dir"] or None), project
        train = yaml.safe_load((project.folder / "configs/train.yaml").read_text(encoding="utf-8"))
        assert {"logger": project.answers["logger"]} in train["defaults"], project


def test_yaml_and_dockerfiles_pass_their_linters(projects: list[Project]) -> None:
    distinct = [path for path, _ in distinct_texts(projects)]
    yamls = [str(path) for path in distinct if path.suffix in (".yaml", ".yml")]
    result = run([sys.executable, "-m", "yamllint", "--strict", "-d", YAML_RULES, *yamls])
    assert result.returncode == 0, result.stdout
    dockerfiles = [str(path) for path in distinct if path.name == "Dockerfile"]
    assert len(dockerfiles) > 1
    result = run([str(Path(sys.executable).with_name("hadolint")), "--failure-threshold", "style", *dockerfiles])
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("name", "schema"), [("compose.yaml", "compose-spec"), ("ci.yml", "github-workflows"), ("dependabot.yml", "dependabot")]
)
def test_what_others_read_follows_their_schema(name: str, schema: str, projects: list[Project]) -> None:
    files = [str(path) for path, _ in distinct_texts(projects) if path.name == name]
    result = run([sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", *files])
    assert result.returncode == 0, result.stdout


def test_compose_asks_for_a_gpu_and_serves_what_the_logger_writes(projects: list[Project]) -> None:
    for project in projects:
        services = yaml.safe_load((project.folder / "compose.yaml").read_text(encoding="utf-8"))["services"]
        served = {project.answers["logger"]} & {"tensorboard", "mlflow"}
        trained = {"train"} if project.answers["torch_build"] == "cpu" else {"train", "train-cpu"}
        assert services.keys() == trained | served | {"serve"}, project
        assert ["train"] * ("train-cpu" in trained) == [name for name in services if "deploy" in services[name]], project
        assert {name for name in services if "healthcheck" in services[name]} == served | {"serve"}, project


def test_the_manifest_of_kubernetes_fits_its_schema(projects: list[Project]) -> None:
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    for document in yaml.safe_load_all((projects[0].folder / "launch" / "kubernetes.yaml").read_text(encoding="utf-8")):
        kubernetes_validate.validate(document, "1.31", strict=True)
