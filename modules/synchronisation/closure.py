# This file is part of Tryton Synchronisation.  The COPYRIGHT file at the top
# level of this repository contains the copyright notices and licence terms.
"""Which records come into which scopes when others do.

What belongs to a member is a member for the same instances, and what a
record refers to is where the record is.  next_place gives positions.
"""
from collections import defaultdict
from itertools import islice

from . import registry
from .mixin import SyncMode
from .protocol import MEMBER, OUT, PARENT

# How many records enter a scope at one place, between which no page is cut
PART = 100


def links(store, states, owners=False):
    """Return {record id: {State of a record it refers to}}.

    With owners, only what it belongs to.
    """
    found = defaultdict(set)
    for model, members in _by_model(store, states).items():
        for local, target in store.targets(model, list(members), owners):
            found[members[local].id].add(target)
    targets = store.records.load('record', set().union(*found.values()))
    return {id_: {targets[pair] for pair in pairs if pair in targets}
        for id_, pairs in found.items()}


def belongings(store, states):
    "Return the states of the records that belong to these."
    pairs = set()
    for model, members in _by_model(store, states).items():
        pairs.update(store.belongings(model, list(members)))
    return [s for s in store.records.load('record', pairs).values()
        if not s.dead]


def _by_model(store, states):
    result = defaultdict(dict)
    for state in states:
        if state.model in store.models:
            result[state.model][state.local] = state
    return result


def offer(store, states):
    "Open what is meant for all, among states that are going to be kept."
    for state in states:
        if state.opened is None and not state.dead and is_offered(
                store, state):
            state.opened = state.position


def leave_with_owners(store, states, next_place):
    """Let what comes back be nowhere where what it belongs to left.

    It was dead by then, so that it did not leave with it.
    """
    owners = links(store, states, owners=True)
    states = [state for state in states
        if state.opened is None and owners.get(state.id)]
    pairs = None
    while states and pairs != set():
        scopes = store.scopes.of({state.id for state in states}.union(*(
                    {owner.id for owner in found}
                    for found in owners.values())))
        pairs = {
            (instance, state.id) for state in states
            for instance, (_, kind, _) in scopes[state.id].items()
            if kind != OUT and all(
                scopes[owner.id].get(instance, (0, None))[1] == OUT
                for owner in owners[state.id])}
        if pairs:
            store.scopes.leave(pairs, next_place())


def settle(store, states, next_place, since=0):
    """Bring records into the scopes they belong to.

    What belongs to a member is a member for the same instances, and all they
    refer to follows.  What changed enters where it is; what did not, and so
    stands before since, at a new place, as its own may have been read.
    """
    if not states:
        return
    places = {s.id: s.position for s in states if s.position >= since}
    if len(places) < len(states):
        place = next_place()
        places = {s.id: places.get(s.id, place) for s in states}
    close(
        store, states + _enter_with_owners(store, states, places, next_place),
        next_place)


def _enter_with_owners(store, states, places, next_place):
    """Let states into the scopes of their owners and return who follows.

    places are {record id: place} at which they enter.
    """
    followers = []
    while states:
        owners = links(store, states, owners=True)
        _open_with_owners(store, states, owners, places)
        scopes = store.scopes.of(
            {o.id for found in owners.values() for o in found})
        entered = {id_ for _, id_ in store.scopes.enter_at(
                _places(store, states, owners, scopes, places), MEMBER)}
        entering = [state for state in states if state.id in entered]
        states = belongings(store, entering) if entering else []
        followers += states
        if states:
            places = dict.fromkeys([s.id for s in states], next_place())
    return followers


def _open_with_owners(store, states, owners, places):
    "Open what belongs, as a file does, to what is meant for all."
    opening = [
        state for state in states if state.opened is None
        and registry.owner_references(store.models[state.model])
        and store.models[state.model].sync_mode != SyncMode.push_update
        and any(owner.opened is not None and is_offered(store, owner)
            for owner in owners.get(state.id, ()))]
    for state in opening:
        state.opened = places[state.id]
    if opening:
        store.records.open(opening)


def _places(store, states, owners, scopes, places):
    "Return {(instance, record id): place} of the scopes of the owners."
    result = {}
    for state in states:
        if store.models[state.model].sync_mode == SyncMode.push_update:
            # It stays with who made it
            continue
        for owner in owners.get(state.id, ()):
            for instance, (_, kind, _) in scopes[owner.id].items():
                if kind == MEMBER:
                    result[instance, state.id] = places[state.id]
    return result


def is_offered(store, state):
    "Whether a record of this database is meant for every instance."
    if state.identity.startswith('#'):
        # Every instance has the row, so every instance wants its edits
        return True
    return (registry.is_offered(store.models[state.model])
        and store.is_offered(state.model, state.local))


def _open(store, states, place=None):
    for state in states:
        state.opened = place or state.position
    store.records.open(states)


def close(store, states, next_place):
    "Bring all that records refer to into the scopes of those records."
    while states:
        parents = links(store, states)
        scopes = store.scopes.of(parents)
        known = store.scopes.of(
            {p.id for ps in parents.values() for p in ps})
        pairs, opened = set(), {}
        for state in states:
            for parent in parents.get(state.id, ()):
                if parent.opened is not None:
                    # It is in the scope of all
                    continue
                if state.opened is not None:
                    opened[parent.id] = parent
                    continue
                for instance, (_, kind, _) in scopes[state.id].items():
                    if (kind != OUT
                            and known[parent.id].get(
                                instance, (0, OUT))[1] == OUT):
                        pairs.add((instance, parent.id))
        if not pairs and not opened:
            break
        place = next_place()
        entered = {
            id_ for _, id_ in store.scopes.enter(pairs, PARENT, place)}
        _open(store, list(opened.values()), place)
        every = {p.id: p for ps in parents.values() for p in ps}
        states = [every[id_] for id_ in entered | opened.keys()]


def family(store, states):
    "Return {id: State} of records, what they belong to and what to them."
    every = {state.id: state for state in states}
    frontier = list(states)
    while frontier:
        above = {
            o.id: o for found in links(store, frontier, owners=True).values()
            for o in found if o.id not in every}
        every.update(above)
        frontier = list(above.values())
    frontier = list(every.values())
    while frontier:
        below = {s.id: s for s in belongings(store, frontier)
            if s.id not in every}
        every.update(below)
        frontier = list(below.values())
    return every


def grant(store, instance, states, place, next_place):
    """Bring records with all that belongs to them into an instance's scope.

    What they belong to comes too: asking for a patient gives the person.
    """
    every = family(store, states + happenings(store, states))
    left = iter(every)
    while part := list(islice(left, PART)):
        place = place or next_place()
        store.scopes.enter({(instance, id_) for id_ in part}, MEMBER, place)
        place = None
    close(store, list(every.values()), next_place)
    return list(every.values())


def happenings(store, states):
    "Return the states of the records that happen at places."
    pairs = set()
    for model, members in _by_model(store, states).items():
        pairs.update(store.happenings(model, list(members)))
    return [s for s in store.records.load('record', pairs).values()
        if not s.dead]


def visit(store, states, next_place, since):
    """Bring what newly happens, and whom it is about, to who is there.

    An instance is where it has the place as a member: it made it, or it was
    granted; or where it has what happens.  It gets that with what it belongs
    to, and all of that: what is only referred to came without.
    """
    news = [state for state in states if _is_news(store, state, since)]
    if not news:
        return
    places = _places_of(store, news)
    owners = links(store, news, owners=True)
    needs = {state: [state, *(
                owner for owner in owners.get(state.id, ())
                if owner.opened is None)] for state in news}
    members = _members(
        store, [*places.values(), *(s for found in needs.values()
                for s in found)])
    visitors = defaultdict(list)
    for state, needed in needs.items():
        there = members[state.id].union(*(
                members[place.id] for place in [places.get(state.id)]
                if place))
        for instance in there - set.intersection(*(
                    members[need.id] for need in needed)):
            visitors[instance].append(state)
    for instance, found in sorted(visitors.items()):
        grant(store, instance, found, next_place(), next_place)


def _is_news(store, state, since):
    "Whether a record is new, or happens elsewhere or to another one now."
    Model = store.models.get(state.model)
    if Model is None or state.dead:
        return False
    names = [name for name in [Model.sync_place, *Model.sync_owners] if name]
    return bool(names) and max(
        state.created, *map(state.version_of, names)) >= since


def _members(store, states):
    "Return {record id: the instances that have it as a member}."
    scopes = store.scopes.of({state.id for state in states})
    return {
        state.id: {instance
            for instance, (_, kind, _) in scopes[state.id].items()
            if kind == MEMBER}
        for state in states}


def _places_of(store, states):
    "Return {record id: State of the place where it happens}."
    found = {}
    for model, members in _by_model(store, [
                state for state in states
                if (Model := store.models.get(state.model))
                and Model.sync_place]).items():
        for local, pair in store.places(model, list(members)):
            found[members[local].id] = pair
    places = store.records.load('record', set(found.values()))
    return {id_: places[pair] for id_, pair in found.items()
        if pair in places}


def withdraw(store, instance, states, place):
    """Take records with all that belongs to them out of an instance's scope.

    It drops them, which is no deletion.  What other records there refer to
    stays, for that alone; what is meant for all, and whoever something
    happens to at another place of the instance, stay.  Return those that
    leave.
    """
    whole = _whole(store, instance, states)
    # What is meant for all stays, but brings nothing with it any more
    store.scopes.leave({(instance, state.id) for state in states
            if state.opened is not None}, place, PARENT)
    every = {id_: state for id_, state in whole.items()
        if state.opened is None}
    stay = _needed(store, instance, every)
    store.scopes.leave({(instance, id_) for id_ in stay}, place, PARENT)
    leaving = [state for id_, state in every.items() if id_ not in stay]
    store.scopes.leave({(instance, state.id) for state in leaving}, place)
    return leaving


def _whole(store, instance, states):
    "Return {id: State} of records and of what is there for them alone."
    happened = happenings(store, states)
    elsewhere = _happening_elsewhere(
        store, instance, family(store, happened).values(), states)
    stay = family(store, elsewhere).keys() - {state.id for state in states}
    return {id_: state
        for id_, state in family(store, states + happened).items()
        if id_ not in stay}


def _happening_elsewhere(store, instance, family, left):
    "Return those of a family that happen at another place of an instance."
    places = _places_of(store, family)
    members = _members(store, list(places.values()))
    left = {state.id for state in left}
    return [state for state in family
        if (at := places.get(state.id)) and at.id not in left
        and instance in members[at.id]]


def inherit(store, pairs, place):
    """Let who had a record have the one that it became, or drop it.

    pairs are (id of the former, id of the one) of the records.
    """
    scopes = store.scopes.of({id_ for pair in pairs for id_ in pair})
    for former, one in pairs:
        for instance, (_, kind, _) in scopes[former].items():
            found = {(instance, one)}
            if kind != OUT:
                store.scopes.enter(found, kind, place)
            elif instance not in scopes[one]:
                store.scopes.enter(found, PARENT, place)
                store.scopes.leave(found, place)


def _needed(store, instance, states):
    "Return the ids of those that what the instance keeps refers to."
    children = defaultdict(set)
    for model, members in _by_model(store, states.values()).items():
        for local, child, _ in store.children(model, list(members)):
            children[child].add(members[local].id)
    found = store.records.load('record', children)
    scopes = store.scopes.of([state.id for state in found.values()])
    needed = set()
    for child, state in found.items():
        _, kind, _ = scopes[state.id].get(instance, (None, OUT, 0))
        if state.id not in states and (
                kind != OUT or state.opened is not None):
            needed |= children[child]
    frontier = [states[id_] for id_ in needed]
    while frontier:
        parents = set().union(*(
                {p.id for p in found}
                for found in links(store, frontier).values()))
        new = parents & states.keys() - needed
        needed |= new
        frontier = [states[id_] for id_ in new]
    return needed
