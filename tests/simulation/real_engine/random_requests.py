"""Random requests to a table, with few keys and attributes, so that they often affect the same items."""

from random import Random
from typing import Any

Request = dict[str, Any]

PKS = ("a", "b")
SKS = ("1", "1#x", "2", "EVENT#1", "EVENT#2")
NAMES = ("status", "version", "tags", "map", "text", "flag")


class RequestGenerator:
    """`draw()` returns the next (operation, request) for the table named `table`."""

    def __init__(self, seed: int, table: str) -> None:
        self.random = Random(seed)
        self.table = table
        self.tokens = 0
        self._replayable: list[Request] = []

    def draw(self) -> tuple[str, Request]:
        kinds = ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "BatchGetItem", "Query", "TransactWriteItems")
        kind = self.random.choices(kinds, weights=(3, 5, 1, 1, 1, 4, 8))[0]
        request: Request = getattr(self, f"_{kind}")()
        return kind, request

    def _key(self) -> Request:
        return {"pk": {"S": self.random.choice(PKS)}, "sk": {"S": self.random.choice(SKS)}}

    def _value(self, name: str) -> Request:
        rng = self.random
        match name:
            case "status" | "text":
                return {"S": rng.choice(("pending", "active", "pend", "a#1", "a#2"))}
            case "version":
                return {"N": str(rng.randrange(-2, 12))}
            case "tags":
                return {"SS": rng.sample(["x", "y", "z"], rng.randrange(1, 4))}
            case "map":
                return {"M": {key: {"N": str(rng.randrange(3))} for key in rng.sample(["p", "q"], rng.randrange(3))}}
            case _:
                return {"BOOL": rng.random() < 0.5}

    def _item(self) -> Request:
        chosen = {name: self._value(name) for name in NAMES if self.random.random() < 0.6}
        return {**self._key(), **chosen, **self._index("gsi1"), **self._index("gsi2")}

    def _index(self, name: str) -> Request:
        if self.random.random() < 0.4:
            return {}
        # A random sort key: the order of items with equal sort keys is undefined.
        return {f"{name}pk": {"S": self.random.choice(PKS)}, f"{name}sk": {"S": f"{self.random.randrange(10**6):06}"}}

    def _PutItem(self) -> Request:  # noqa: N802
        return {"Item": self._item(), **self._condition(), **self._return_values("ALL_OLD")}

    def _DeleteItem(self) -> Request:  # noqa: N802
        return {"Key": self._key(), **self._condition(), **self._return_values("ALL_OLD")}

    def _UpdateItem(self) -> Request:  # noqa: N802
        return {"Key": self._key(), **self._update(), **self._return_values("ALL_OLD", "ALL_NEW")}

    def _GetItem(self) -> Request:  # noqa: N802
        return {"Key": self._key(), "ConsistentRead": True}

    def _BatchGetItem(self) -> Request:  # noqa: N802
        keys = {(key["pk"]["S"], key["sk"]["S"]): key for key in (self._key() for _ in range(3))}
        return {"RequestItems": {self.table: {"Keys": list(keys.values()), "ConsistentRead": True}}}

    def _Query(self) -> Request:  # noqa: N802
        index = self.random.choice(("", "gsi1", "gsi2"))
        words = Placeholders(self.random)
        sort = f"{index}sk"
        condition = words.comparison(f"{index}pk", "=", {"S": self.random.choice(PKS)})
        bounds = ("1", "1#", "EVENT#", "EVENT#1", "2", "500000")
        shape = self.random.randrange(5)
        if shape == 1:
            prefix = f"{words.name_placeholder(sort)}, {words.value_placeholder(self._bound(bounds))}"
            condition = f"({condition} AND begins_with ({prefix}))"
        elif shape == 2:
            low, high = sorted(self.random.choices(bounds, k=2))
            attribute = words.name_placeholder(sort)
            between = f"{words.value_placeholder({'S': low})} AND {words.value_placeholder({'S': high})}"
            condition = f"({condition} AND {attribute} BETWEEN {between})"
        elif shape == 3:
            sign = self.random.choice(("=", "<", "<=", ">", ">="))
            condition = f"({condition} AND {words.comparison(sort, sign, self._bound(bounds))})"
        request: Request = {"KeyConditionExpression": condition, "ScanIndexForward": self.random.random() < 0.5}
        if self.random.random() < 0.3:
            request["FilterExpression"] = self._condition_expression(words)
        if index:
            request["IndexName"] = index
        else:
            request["ConsistentRead"] = True
        if self.random.random() < 0.4:
            request["Limit"] = self.random.randrange(1, 4)
        return {**request, **words.request_fields()}

    def _TransactWriteItems(self) -> Request:  # noqa: N802
        operations = []
        for _ in range(self.random.randrange(1, 5)):
            kind = self.random.choice(("ConditionCheck", "Put", "Update", "Delete"))
            body: Request = {"Item": self._item()} if kind == "Put" else {"Key": self._key()}
            if kind == "Update":
                body |= self._update()
            else:
                body |= self._condition(always=kind == "ConditionCheck")
            if "ConditionExpression" in body and self.random.random() < 0.7:
                body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            operations.append({kind: {"TableName": self.table, **body}})
        request: Request = {"TransactItems": operations}
        if self.random.random() < 0.5:
            self.tokens += 1
            request["ClientRequestToken"] = f"{self.table[-20:]}-{self.tokens}"
            self._replayable.append(request)
        if self._replayable and self.random.random() < 0.15:
            return self.random.choice(self._replayable)
        return request

    def _update(self) -> Request:
        words = Placeholders(self.random)
        clauses: dict[str, list[str]] = {"SET": [], "REMOVE": [], "ADD": [], "DELETE": []}
        for name in self.random.sample(
            ("status", "version", "tags", "map", "flag", "new"), self.random.randrange(1, 4)
        ):
            self._add_update_clause(words, clauses, name)
        text = " ".join(f"{verb} {', '.join(steps)}" for verb, steps in clauses.items() if steps)
        condition = {}
        if self.random.random() < 0.6:
            condition["ConditionExpression"] = self._condition_expression(words)
        return {"UpdateExpression": text, **condition, **words.request_fields()}

    def _add_update_clause(self, words: "Placeholders", clauses: dict[str, list[str]], name: str) -> None:
        place, how = words.name_placeholder(name), self.random.randrange(4)
        if name == "version" and how:
            if how == 1:
                clauses["ADD"].append(f"{place} {words.value_placeholder({'N': '2'})}")
            else:
                start = f"if_not_exists({place}, {words.value_placeholder({'N': '0'})})" if how == 2 else place
                clauses["SET"].append(
                    f"{place} = {start} {self.random.choice('+-')} {words.value_placeholder({'N': '1'})}"
                )
        elif name == "tags" and how:
            verb = self.random.choice(("ADD", "DELETE"))
            clauses[verb].append(f"{place} {words.value_placeholder({'SS': self.random.sample(['x', 'y', 'w'], 2)})}")
        elif name == "map" and how:
            inside = f"{place}.{words.name_placeholder(self.random.choice(('p', 'r')))}"
            clauses["SET"].append(f"{inside} = {words.value_placeholder({'N': '7'})}")
        elif how == 3 or name == "tags":
            clauses["REMOVE"].append(place)
        else:
            value = self._value("text" if name == "new" else name)
            start = (
                f"if_not_exists ({place}, {words.value_placeholder(value)})"
                if how == 2
                else words.value_placeholder(value)
            )
            clauses["SET"].append(f"{place} = {start}")

    def _condition(self, *, always: bool = False) -> Request:
        if not always and self.random.random() < 0.4:
            return {}
        words = Placeholders(self.random)
        return {"ConditionExpression": self._condition_expression(words), **words.request_fields()}

    def _condition_expression(self, words: "Placeholders", depth: int = 0) -> str:
        rng = self.random
        shape = rng.randrange(10 if depth < 2 else 7)
        name = rng.choice(NAMES)
        if shape == 0:
            return f"attribute_exists ({words.name_placeholder(rng.choice((name, 'pk')))})"
        if shape == 1:
            return f"attribute_not_exists ({words.name_placeholder(rng.choice((name, 'pk')))})"
        if shape == 2:
            attribute = words.name_placeholder("text")
            return f"begins_with ({attribute}, {words.value_placeholder({'S': rng.choice(('pend', 'a#'))})})"
        if shape == 3:
            return f"contains ({words.name_placeholder('tags')}, {words.value_placeholder({'S': rng.choice('xyz')})})"
        if shape == 4:
            low, high = sorted(rng.choices(range(-2, 12), k=2))
            bounds = f"{words.value_placeholder({'N': str(low)})} AND {words.value_placeholder({'N': str(high)})}"
            return f"{words.name_placeholder('version')} BETWEEN {bounds}"
        if shape == 5:
            attribute = words.name_placeholder("status")
            statuses = f"{words.value_placeholder({'S': 'active'})}, {words.value_placeholder({'S': 'pend'})}"
            return f"{attribute} IN ({statuses})"
        if shape == 6:
            ordered = name in ("status", "version", "text")
            sign = rng.choice(("=", "<>", "<", "<=", ">", ">=") if ordered else ("=", "<>"))
            return words.comparison(name, sign, self._value(name))
        left = self._condition_expression(words, depth + 1)
        if shape == 7:
            return f"(NOT {left})"
        return f"({left} {'AND' if shape == 8 else 'OR'} {self._condition_expression(words, depth + 1)})"

    def _return_values(self, *kinds: str) -> Request:
        request = {"ReturnValues": self.random.choice(("NONE", *kinds))}
        if self.random.random() < 0.5:
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return request

    def _bound(self, bounds: tuple[str, ...]) -> Request:
        return {"S": self.random.choice(bounds)}


class Placeholders:
    """Placeholders in PynamoDB's format: #0, :0, …"""

    def __init__(self, random: Random) -> None:
        self.random = random
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name_placeholder(self, name: str) -> str:
        return self.names.setdefault(name, f"#{len(self.names)}")

    def value_placeholder(self, value: Request) -> str:
        self.values[placeholder := f":{len(self.values)}"] = value
        return placeholder

    def comparison(self, name: str, sign: str, value: Request) -> str:
        return f"{self.name_placeholder(name)} {sign} {self.value_placeholder(value)}"

    def request_fields(self) -> Request:
        request: Request = {}
        if self.names:
            request["ExpressionAttributeNames"] = {placeholder: name for name, placeholder in self.names.items()}
        if self.values:
            request["ExpressionAttributeValues"] = self.values
        return request
