#!/usr/bin/env bash
# Syntax of every shell and Python file that is part of the project.
set -euo pipefail

failed=0
checked=0
while IFS= read -r file; do
    [ -f "$file" ] || continue
    case $(head -c 64 "$file" | head -n 1 | tr -d '\0') in
    '#!'*bash*) bash -n "$file" || failed=1 ;;
    '#!'*'/sh'*) sh -n "$file" || failed=1 ;;
    *)
        [ "${file##*.}" = py ] || continue
        python3 - "$file" <<'PYTHON' || failed=1
import ast, sys
ast.parse(open(sys.argv[1], encoding="utf-8").read(), sys.argv[1])
PYTHON
        ;;
    esac
    checked=$((checked + 1))
done < <(git ls-files --cached --others --exclude-standard -- '*.sh' '*.py' .ci scripts)

echo "checked the syntax of $checked scripts"
exit $failed
