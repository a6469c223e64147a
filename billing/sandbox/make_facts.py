"""Writes ``facts.json``: ``python -m billing.sandbox.make_facts contract.json``.

``contract.json`` holds the names, types, required fields and enums of Stripe's public specification. The
installed ``stripe`` package is of a newer version: its parameter classes and resources (read as syntax trees,
not imported) add what is new, and what they lack is left out. ``facts`` explains the notation.
"""

import ast
import json
import re
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import billing.sandbox.app  # noqa: F401 - registers what is served
from billing.sandbox.operations import OPERATIONS

PRIMITIVES = {
    "str": "string",
    "int": "integer",
    "bool": "boolean",
    "float": "number",
    "Decimal": "decimal",
    "Any": "any",
}
Type = Any
"""A type in the notation of ``facts``."""


class Package:
    """The classes and calls of the installed ``stripe`` package."""

    def __init__(self, root: Path) -> None:
        self.classes: dict[str, ast.ClassDef] = {}
        self.resources: dict[str, ast.ClassDef] = {}
        self.calls: dict[str, tuple[str | None, str]] = {}
        for path in sorted(root.rglob("*.py")):
            folder = path.relative_to(root).parent
            for node in ast.parse(path.read_text(encoding="utf-8")).body:
                if isinstance(node, ast.ClassDef):
                    if name := _object_name(node):
                        self.resources[name] = node
                    if path.parent.name == "params" or "params" in folder.parts:
                        self.classes["/".join([*folder.parts[1:], node.name])] = node
                    if path.name.endswith("_service.py"):
                        self._read_calls(node, "/".join(folder.parts))
        self.by_class: dict[str, list[str]] = {}
        for name, node in self.resources.items():
            self.by_class.setdefault(node.name, []).append(name)
        self.version = re.findall(
            r'CURRENT = "(.*)"', (root / "_api_version.py").read_text(encoding="utf-8")
        )[0]

    def resource_name(self, class_name: str, near: str) -> str | None:
        """The name of a kind of object by its class, which some files import as ``…Resource``; of several
        with one class name, the one in the folder that is ``near``, else the shortest.
        """
        found = self.by_class.get(class_name.removesuffix("Resource"), [])
        return min(found, key=lambda name: (not name.startswith(f"{near}."), len(name))) if found else None

    def _read_calls(self, service: ast.ClassDef, folder: str) -> None:
        for method in service.body:
            if not isinstance(method, ast.FunctionDef):
                continue
            for node in ast.walk(method):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and node.func.attr == "_request"
                ):
                    verb, path = node.args[0], node.args[1]
                    if isinstance(path, ast.Call) and isinstance(path.func, ast.Attribute):
                        path = path.func.value  # "…".format(…)
                    assert isinstance(verb, ast.Constant)
                    assert isinstance(path, ast.Constant)
                    found = re.search(r"""["'](\w+Params)["']""", ast.unparse(method.args))
                    assert method.returns is not None
                    key = f"{str(verb.value).upper()} {path.value!s}"
                    self.calls[key] = (
                        "/".join(filter(None, [folder, found[1]])) if found else None,
                        str(ast.literal_eval(method.returns)),
                    )


def _object_name(node: ast.ClassDef) -> str | None:
    for line in node.body:
        if (
            isinstance(line, ast.AnnAssign)
            and isinstance(line.target, ast.Name)
            and line.target.id == "OBJECT_NAME"
        ):
            return str(line.value.value) if isinstance(line.value, ast.Constant) else None
    return None


def _fields(node: ast.ClassDef) -> dict[str, ast.expr]:
    """Name → annotation. The package keeps names such as ``from`` elsewhere; no call served here has one."""
    return {
        line.target.id: line.annotation
        for line in node.body
        if isinstance(line, ast.AnnAssign)
        and isinstance(line.target, ast.Name)
        and line.target.id != "OBJECT_NAME"
    }


def _union(parts: list[Type]) -> Type:
    flat: list[Type] = []
    for part in parts:
        for one in part if isinstance(part, list) and len(part) > 1 else [part]:
            if one not in flat:
                flat.append(one)
    leaves = [one for one in flat if isinstance(one, str)]
    nested = [one for one in flat if not isinstance(one, str)]
    if any(leaf.startswith("=") and leaf != "=" for leaf in leaves) and "string" in leaves:
        leaves.remove("string")  # the package leaves every enum open for newer values
    both: list[Type] = [" / ".join(leaves)] if leaves else []
    both += nested
    return both[0] if len(both) == 1 else both


def _without_null(shape: Type) -> Type:
    if isinstance(shape, str):
        return shape.removesuffix(" / null")
    if isinstance(shape, list) and shape[0] == "null":
        return shape[1]
    return shape


class Reader:
    """Turns annotations into the notation of ``facts``, beside the contract's schema of the same thing."""

    def __init__(self, package: Package, contract: dict[str, Any]) -> None:
        self.package = package
        self.schemas = contract["schemas"]
        self.wanted: set[str] = set()

    def schema(self, schema: Any) -> dict[str, Any]:
        """The schema itself: references followed, a choice of one taken. Empty when the contract has none."""
        while schema:
            if "$ref" in schema:
                schema = self.schemas.get(schema["$ref"].rsplit("/", 1)[1], {})
            elif len(schema.get("anyOf", [])) == 1:
                schema = schema["anyOf"][0]
            else:
                break
        for choice in (schema or {}).get("anyOf", []):
            if self.schema(choice).get("properties"):
                return self.schema(choice)
        return schema or {}

    def read(self, node: ast.expr, scope: dict[str, ast.ClassDef], folder: str, schema: Any) -> Type:
        """The type that an annotation says."""
        if isinstance(node, ast.Constant):
            if node.value is None:
                return "null"
            return self.read(ast.parse(str(node.value), mode="eval").body, scope, folder, schema)
        if isinstance(node, ast.BinOp):
            return _union([self.read(n, scope, folder, schema) for n in (node.left, node.right)])
        if isinstance(node, ast.Name | ast.Attribute):
            return self._named(node.id if isinstance(node, ast.Name) else node.attr, scope, folder, schema)
        assert isinstance(node, ast.Subscript), ast.dump(node)
        assert isinstance(node.value, ast.Name)
        inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        found = self.schema(schema)
        match node.value.id:
            case "Optional":
                return _union([self.read(inner[0], scope, folder, schema), "null"])
            case "NotRequired":
                return self.read(inner[0], scope, folder, schema)
            case "Union":
                return _union([self.read(n, scope, folder, schema) for n in inner])
            case "Literal":
                values = [n.value for n in inner if isinstance(n, ast.Constant)]
                return "true" if values == [True] else "=" + "|".join(map(str, values))
            case "List":
                return [self.read(inner[0], scope, folder, found.get("items"))]
            case "Dict" | "UntypedStripeObject":
                values_of = found.get("additionalProperties")
                return {
                    "*": self.read(
                        inner[-1], scope, folder, values_of if isinstance(values_of, dict) else None
                    )
                }
            case "ListObject":
                data = found.get("properties", {}).get("data", {})
                return {"page": self.read(inner[0], scope, folder, data.get("items"))}
            case "ExpandableField":
                classes = [str(n.value) for n in ast.walk(inner[0]) if isinstance(n, ast.Constant)]
                names = [self.package.resource_name(name, folder) for name in classes]
                return "&" + "|".join(sorted(name for name in names if name))
        raise ValueError(ast.unparse(node))

    def _named(self, name: str, scope: dict[str, ast.ClassDef], folder: str, schema: Any) -> Type:
        if name in PRIMITIVES:
            return PRIMITIVES[name]
        if name in scope:
            inside = {n.name: n for n in scope[name].body if isinstance(n, ast.ClassDef)}
            return self.object(scope[name], {**scope, **inside}, folder, self.schema(schema), request=False)
        for key in (f"{folder}/{name}", name):
            if key in self.package.classes:
                return self.object(self.package.classes[key], {}, folder, self.schema(schema), request=True)
        if name == "ErrorObject":
            return {"*": "any"}
        if found := self.package.resource_name(name, folder):
            return f"@{found}"
        raise ValueError(name)

    def object(
        self, node: ast.ClassDef, scope: dict[str, ast.ClassDef], folder: str, schema: Any, request: bool
    ) -> Type:
        """Field → type; a required field's name ends in ``!``."""
        properties, required = schema.get("properties", {}), schema.get("required", [])
        fields: dict[str, Type] = {}
        for name, annotation in _fields(node).items():
            known = properties.get(name)
            shape = self.read(annotation, scope, folder, known)
            must = not ast.unparse(annotation).startswith("NotRequired") if request else name in required
            if not request and known and not self._nullable(known):
                shape = _without_null(shape)
            if (
                known
                and self._open(known)
                and isinstance(shape, str)
                and "=" in shape
                and "string" not in shape
            ):
                shape = f"{shape} / string"
            fields[name + "!" * must] = shape
        return fields

    def _nullable(self, schema: Any) -> bool:
        """Whether the contract lets null stand there; the package marks all that may be absent in the same
        way.
        """
        return bool(schema.get("nullable")) or any(self._nullable(c) for c in schema.get("anyOf", []))

    def _open(self, schema: Any) -> bool:
        """Whether the contract lets any text stand where it names some values."""
        choices = schema.get("anyOf", [])
        return any(c.get("type") == "string" and "enum" not in c for c in choices) and any(
            "enum" in c for c in choices
        )

    def operation(self, key: str, contract: dict[str, Any]) -> dict[str, Any]:
        """What one call takes and gives."""
        params, returns = self.package.calls[key]
        fields: dict[str, Type] = {}
        if params:
            node = self.package.classes[params]
            folder = params.rpartition("/")[0]
            fields = self.object(node, {}, folder, contract.get("body") or {}, request=True)
        fields.setdefault("expand", ["string"])
        if key.startswith("GET") and ("ListObject" in returns or "SearchResult" in returns):
            return {"params": fields, "page": self._resource(returns, contract["response"])}
        return {"params": fields, "returns": self._resource(returns, contract["response"])}

    def _resource(self, returns: str, response: Any) -> str:
        names = re.findall(r"(\w+)\]?$", returns)
        found = list(self.package.by_class[names[0]])
        text = json.dumps(response)
        same = [n for n in found if f'schemas/{n}"' in text or f'deleted_{n}"' in text] or found
        return max(same, key=len)

    def resource(self, name: str) -> Type:
        """The fields of one kind of object."""
        node = self.package.resources[name]
        inside = {n.name: n for n in node.body if isinstance(n, ast.ClassDef)}
        return self.object(
            node, inside, name.rpartition(".")[0], self.schema({"$ref": f"#/{name}"}), request=False
        )


def without_others(shape: Type, kept: set[str]) -> Type:
    """The type without the kinds of objects that the sandbox does not have: where one stood alone,
    ``never``.
    """
    if isinstance(shape, dict):
        return {name: without_others(inner, kept) for name, inner in shape.items()}
    if isinstance(shape, list):
        return [without_others(inner, kept) for inner in shape]
    leaves = [leaf for leaf in shape.split(" / ") if not leaf.startswith("@") or leaf[1:] in kept]
    return " / ".join(leaves) or "never"


def make(contract: dict[str, Any]) -> dict[str, Any]:
    """Facts about the operations that the sandbox serves."""
    spec = find_spec("stripe")
    assert spec is not None
    assert spec.origin is not None
    package = Package(Path(spec.origin).parent)
    reader = Reader(package, contract)
    operations = {}
    for key in sorted(OPERATIONS):
        operations[key] = reader.operation(
            key, contract["operations"].get(key) or {"body": {}, "response": {}}
        )
    kept = {o.get("returns") or o["page"] for o in operations.values()} | {"event", "discount"}
    objects = {name: without_others(reader.resource(name), kept) for name in sorted(kept)}
    return {
        "version": package.version,
        "contract": contract["version"],
        "operations": operations,
        "objects": objects,
    }


def main() -> None:
    """Write the file, one operation or object a line."""
    facts = make(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    lines = [f' "{key}": {json.dumps(facts[key])},' for key in ("version", "contract")]
    for part in ("operations", "objects"):
        rows = [f"  {json.dumps(name)}: {json.dumps(shape)}" for name, shape in sorted(facts[part].items())]
        lines.append(f' "{part}": {{\n' + ",\n".join(rows) + "\n }" + ("," if part == "operations" else ""))
    Path(__file__).with_name("facts.json").write_text("{\n" + "\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
