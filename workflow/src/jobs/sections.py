"""Sections of the report, found by the key of their study.

A study has a module here, `jobs.studies.<key>`, with what its section reads; and one in the
library, which draws it.
"""

from importlib import import_module
from types import ModuleType

from snakemake.iocontainers import Wildcards

from jobs.context import Context, Settings
from jobs.resources import digest_code

SCRIPT = "draw_section.py"
TEMPLATE = "section.j2"


def list_studies(context: Context) -> list[str]:
    """List what can have a section, whether or not it is in the report."""
    return ["systematics", *type(context.config.studies).model_fields]


def _load(wildcards: Wildcards) -> ModuleType:
    return import_module(f"jobs.studies.{wildcards.study}")


def _name_drawing(wildcards: Wildcards) -> str:
    return f"rapidmass.studies.{wildcards.study}.draw"


def list_inputs(context: Context, wildcards: Wildcards) -> dict[str, list[str]]:
    """List what a section reads, by name, and the template of its words if it has one."""
    found: dict[str, list[str]] = _load(wildcards).list_section_inputs(context, wildcards.selection)
    template = context.checkout / "workflow/src/rapidmass/studies" / wildcards.study / TEMPLATE
    return {**found, "template": [str(template)]} if template.is_file() else found


def describe(context: Context, wildcards: Wildcards) -> Settings:
    """Describe a section, and name the module that draws it."""
    settings: Settings = _load(wildcards).describe_section(context, wildcards.selection)
    return {**settings, "module": ("study", _name_drawing(wildcards))}


def digest(_: Context, wildcards: Wildcards) -> str:
    """Digest the code of a section: what all of them share, and the module that draws it."""
    return digest_code(SCRIPT, (_name_drawing(wildcards),))
