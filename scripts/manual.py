#!/usr/bin/env python3
"""Manual pages and completions for shells, from what the program says about itself.

    python3 scripts/manual.py [DIRECTORY]

MARTLET names the program, the debug build unless it says otherwise. The pages go to DIRECTORY, .build/manual unless it says
otherwise: martlet.1, and one for each command, such as martlet-pub.1; completions beside them, as shells look for them.
"""
import json
import os
import shlex
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
MARTLET = shlex.split(os.environ.get("MARTLET", os.path.join(ROOT, ".build", "debug", "martlet")))
COMPLETIONS = {"bash": "martlet", "zsh": "_martlet", "fish": "martlet.fish"}


def output(*arguments):
    return subprocess.run([*MARTLET, *arguments], capture_output=True, text=True, check=True).stdout


def escaped(text):
    """Text for troff: a line never begins with a control character."""
    text = text.replace("\\", "\\e").replace("-", "\\-")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in text.splitlines())


def name(one):
    return ("--" if one["kind"] == "long" else "-") + one["name"]


def option(argument):
    names = [f"\\fB{escaped(name(one))}\\fR" for one in argument.get("names", [])]
    value = escaped(argument.get("valueName", ""))
    if argument["kind"] == "positional":
        return f"\\fI{value}\\fR"
    return ", ".join(names) + (f" \\fI{value}\\fR" if argument["kind"] == "option" else "")


def synopsis(path, command):
    words = [f"\\fB{escaped(path)}\\fR"]
    shown = [one for one in command.get("arguments", []) if one.get("shouldDisplay", True)]
    if command.get("subcommands"):
        words.append("\\fICOMMAND\\fR")
    if any(one["kind"] != "positional" for one in shown):
        words.append("[\\fIOPTION\\fR]...")
    words += [option(one) + ("..." if one.get("isRepeating") else "") for one in shown if one["kind"] == "positional"]
    return " ".join(words)


def page(path, command, version):
    title = path.replace(" ", "-")
    lines = [f'.TH "{title.upper()}" "1" "" "{version}" "{version.split()[0].capitalize()} manual"', ".SH NAME",
             f"{escaped(title)} \\- {escaped(command.get('abstract', '').rstrip('.'))}", ".SH SYNOPSIS", synopsis(path, command)]
    if command.get("discussion"):
        lines.append(".SH DESCRIPTION")
        for line in command["discussion"].splitlines():
            lines.append(escaped(line) + "\n.br" if line.startswith("  ") else escaped(line) or ".PP")
    section = None
    for argument in command.get("arguments", []):
        if not argument.get("shouldDisplay", True):
            continue
        here = argument.get("sectionTitle") or "Options"
        if here != section:
            lines.append(f'.SH "{here.upper()}"')
            section = here
        default = f" Default: {argument['defaultValue']}." if argument.get("defaultValue") else ""
        text = " ".join(part for part in (argument.get("abstract"), argument.get("discussion")) if part)
        lines += [".TP", option(argument), escaped(text + default)]
    below = [one for one in command.get("subcommands", []) if one.get("shouldDisplay", True) and one["commandName"] != "help"]
    if below:
        lines.append(".SH COMMANDS")
        for one in below:
            lines += [".TP", f"\\fB{escaped(title + '-' + one['commandName'])}\\fR(1)", escaped(one.get("abstract", ""))]
    if " " in path:
        lines += [".SH SEE ALSO", f"\\fB{escaped(title.rsplit('-', 1)[0])}\\fR(1)"]
    return "\n".join(lines) + "\n", [(f"{path} {one['commandName']}", one) for one in below]


def main():
    directory = sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, ".build", "manual")
    os.makedirs(directory, exist_ok=True)
    version = output("--version").strip()
    waiting = [("martlet", json.loads(output("--experimental-dump-help"))["command"])]
    written = 0
    while waiting:
        path, command = waiting.pop(0)
        text, below = page(path, command, version)
        waiting += below
        with open(os.path.join(directory, path.replace(" ", "-") + ".1"), "w", encoding="utf-8") as file:
            file.write(text)
        written += 1
    for shell, file_name in COMPLETIONS.items():
        os.makedirs(os.path.join(directory, shell), exist_ok=True)
        with open(os.path.join(directory, shell, file_name), "w", encoding="utf-8") as file:
            file.write(output("--generate-completion-script", shell))
    print(f"{written} pages and the completions of {', '.join(COMPLETIONS)} are in {directory}")


main()
