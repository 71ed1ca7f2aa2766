"""The command line: serve, work, migrate, demo, courses, people, import, rebuild, backup."""

import typer

from lms.cli import courses, imports, keeping, keys, people, serving

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
for group in (serving, people, keeping):
    app.registered_commands += group.commands.registered_commands
app.add_typer(courses.commands, name="courses")
app.add_typer(imports.commands, name="import")
app.add_typer(keys.commands, name="keys")
