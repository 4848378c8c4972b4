# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Which entries travel together, and in which order.

A unit is what one transaction created, or changed last; units that refer to
each other in a circle are one group; a group comes after those it needs.
"""
from collections import defaultdict

# How large a message may become before it is cut, in characters
MOST = 1 << 22


def groups(items, units, needs):
    """Return the items in groups, each a list, those that are needed first.

    units maps each item to the marks it shares with its mates, needs maps an
    item to the items that must be there before it.
    """
    component = _join(items, units)
    members = defaultdict(list)
    for item in items:
        members[component[item]].append(item)
    edges = {
        name: {component[need]
            for item in members[name] for need in needs.get(item, ())
            if need in component} - {name}
        for name in members}
    return [
        [item for name in circle for item in members[name]]
        for circle in circles(edges)]


def _join(items, units):
    "Return {item: representative} of the items that share a mark."
    parent = {}

    def find(node):
        while (above := parent.setdefault(node, node)) != node:
            parent[node] = parent[above]
            node = parent[above]
        return node
    for item in items:
        for mark in units[item]:
            parent[find(('mark', mark))] = find(('item', item))
    return {item: find(('item', item)) for item in items}


def circles(edges):
    """Return the strongly connected components, those that are needed first.

    edges maps each node to the nodes it needs.  Tarjan's algorithm (1972),
    with a stack of its own since chains can be longer than Python's.
    """
    index, low, on_stack, stack, result = {}, {}, set(), [], []
    for root in edges:
        if root in index:
            continue
        work = [(root, iter(edges[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(edges[target])))
                    break
                elif target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    above = work[-1][0]
                    low[above] = min(low[above], low[node])
                if low[node] == index[node]:
                    circle = []
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        circle.append(member)
                        if member == node:
                            break
                    result.append(circle)
    return result


def take(groups, limit, sizes):
    """Return the first groups that are about limit items, or MOST large.

    sizes maps an item to its size, see size().  A group larger than that
    goes alone.
    """
    taken, count, large = [], 0, 0
    for group in groups:
        count += len(group)
        large += sum(sizes[item] for item in group)
        if taken and (count > limit or large > MOST):
            break
        taken.append(group)
    return taken


def size(values):
    "Return how many characters the long ones of wire values have, about."
    return sum(len(val) for val in values if type(val) is str)
