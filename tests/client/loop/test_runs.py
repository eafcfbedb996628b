"""Runs of the subscribe loop: each event with its effects."""

from __future__ import annotations

from pnclient.subscribe.loop import EMPTY_ANSWERS
from tests.cases import for_each
from tests.client.loop.runs import Run

#: Empty answers in a row, which move the cursor from 10 to 20.
MANY_EMPTY = "\n".join(f"quick {at} -> poll a tt={at} tr=1" for at in range(11, 11 + EMPTY_ANSWERS))
#: Answers in a row with what was there before, which move the cursor from 21 to 31.
MANY_OLD = "\n".join(
    f"quick {at} x@9 -> deliver x; poll a tt={at} tr=1" for at in range(22, 22 + EMPTY_ANSWERS)
)

RUNS = {
    "the handshake connects, and each answer moves the cursor": """
        subscribe a b       -> poll a,b tt=0
        answer 10/7         -> tell Connected Subscribe; poll a,b tt=10 tr=7
        answer 20/8 x y     -> deliver x y; poll a,b tt=20 tr=8
        answer 30           -> poll a,b tt=30 tr=1
    """,
    "channels for presence come last, groups are a parameter": """
        subscribe a :g +presence -> poll a,a-pnpres groups=g,g-pnpres tt=0
        answer 10                -> tell Connected Subscribe; poll a,a-pnpres groups=g,g-pnpres tt=10 tr=1
        subscribe b              -> cancel; poll a,b,a-pnpres groups=g,g-pnpres tt=0 tr=1
        unsubscribe a-pnpres     -> cancel; tell Acknowledgment Unsubscribe; poll a,b groups=g,g-pnpres tt=0 tr=1
    """,
    "a group without channels": """
        subscribe :g -> poll - groups=g tt=0
    """,
    "a channel that is added shakes hands and keeps the cursor": """
        subscribe a     -> poll a tt=0
        answer 10       -> tell Connected Subscribe; poll a tt=10 tr=1
        subscribe b     -> cancel; poll a,b tt=0 tr=1
        answer 50/2 old -> tell Connected Subscribe; poll a,b tt=10 tr=1
        answer 60/2 x   -> deliver x; poll a,b tt=60 tr=2
    """,
    "what was answered to a poll that was cancelled does not count": """
        subscribe a -> poll a tt=0
        answer 10   -> tell Connected Subscribe; poll a tt=10 tr=1
        subscribe b -> cancel; poll a,b tt=0 tr=1
        late 90 x   -> nothing
        late-fail NetworkIssues -> nothing
        answer 50   -> tell Connected Subscribe; poll a,b tt=10 tr=1
    """,
    "subscribing again to what is subscribed connects again": """
        subscribe a -> poll a tt=0
        answer 10   -> tell Connected Subscribe; poll a tt=10 tr=1
        subscribe a -> cancel; poll a tt=0 tr=1
        answer 50   -> tell Connected Subscribe; poll a tt=10 tr=1
    """,
    "from a timetoken on": """
        subscribe a @7  -> forget; poll a tt=0
        answer 50/4     -> tell Connected Subscribe; poll a tt=7 tr=4
        answer 9 x      -> deliver x; poll a tt=9 tr=1
        subscribe b @3  -> forget; cancel; poll a,b tt=0
        answer 51       -> tell Connected Subscribe; poll a,b tt=3 tr=1
    """,
    "nothing is subscribed": """
        subscribe       -> nothing
        unsubscribe all -> nothing
        reconnect       -> nothing
        filter a == 1   -> nothing
        timer RETRY     -> nothing
        time            -> nothing
        no-time         -> nothing
        unsubscribe x   -> leave x
    """,
    "unsubscribing leaves, and goes on from the cursor without a handshake": """
        subscribe a b :g -> poll a,b groups=g tt=0
        answer 10        -> tell Connected Subscribe; poll a,b groups=g tt=10 tr=1
        unsubscribe a :g -> cancel; leave a groups=g; poll b tt=10 tr=1
        left             -> tell Acknowledgment Unsubscribe
        unsubscribe x    -> leave x
    """,
    "unsubscribing during the handshake shakes hands again": """
        subscribe a b -> poll a,b tt=0
        unsubscribe a -> cancel; leave a; poll b tt=0
        answer 10     -> tell Connected Subscribe; poll b tt=10 tr=1
    """,
    "the last name goes, and with it the cursor": """
        subscribe a     -> poll a tt=0
        answer 10       -> tell Connected Subscribe; poll a tt=10 tr=1
        unsubscribe all -> cancel; leave a
        late 20 x       -> nothing
        left            -> tell Acknowledgment Unsubscribe
        subscribe a     -> poll a tt=0
        answer 30       -> tell Connected Subscribe; poll a tt=30 tr=1
    """,
    "a leave that fails is told": """
        subscribe a           -> poll a tt=0
        unsubscribe a         -> cancel; leave a
        not-left BadRequest   -> error BadRequest Unsubscribe
    """,
    "nobody is present on channels for presence": """
        subscribe a-pnpres   -> poll a-pnpres tt=0
        unsubscribe a-pnpres -> cancel; tell Acknowledgment Unsubscribe
    """,
    "no leaves where they are suppressed": """
        suppress
        subscribe a b -> poll a,b tt=0
        unsubscribe a -> cancel; poll b tt=0
        unsubscribe b -> cancel
    """,
    "another filter": """
        filter n == 1
        subscribe a   -> poll a filter=n == 1 tt=0
        answer 10     -> tell Connected Subscribe; poll a filter=n == 1 tt=10 tr=1
        filter n == 2 -> cancel; poll a filter=n == 2 tt=0 tr=1
        answer 50 x   -> poll a filter=n == 2 tt=10 tr=1
        answer 60 x   -> deliver x; poll a filter=n == 2 tt=60 tr=1
        filter        -> cancel; poll a tt=0 tr=1
    """,
    "the same filter once more": """
        filter n == 1
        subscribe a   -> poll a filter=n == 1 tt=0
        filter n == 1 -> nothing
    """,
    "filters in quick succession": """
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        filter n == 1 -> cancel; poll a filter=n == 1 tt=0 tr=1
        filter n == 2 -> cancel; poll a filter=n == 2 tt=0 tr=1
        answer 50     -> poll a filter=n == 2 tt=10 tr=1
    """,
    "a filter that is applied here isn't sent": """
        mode LOCAL
        filter n == 1
        subscribe a   -> poll a tt=0
        filter n == 2 -> nothing
        mode BOTH     -> cancel; poll a filter=n == 2 tt=0
        mode SERVER   -> nothing
        mode LOCAL    -> cancel; poll a tt=0
    """,
    "a malformed filter stops the loop, whatever the policy": """
        policy LINEAR
        filter n == 1
        subscribe a                   -> poll a filter=n == 1 tt=0
        answer 10                     -> tell Connected Subscribe; poll a filter=n == 1 tt=10 tr=1
        fail MalformedFilterExpression -> error MalformedFilterExpression Subscribe; tell Disconnected Subscribe
        timer RETRY                   -> nothing
        filter n == 1                 -> nothing
        filter n == 2                 -> poll a filter=n == 2 tt=0 tr=1
        answer 50                     -> tell Connected Subscribe; poll a filter=n == 2 tt=10 tr=1
    """,
    "another token ends a refusal, and nothing else": """
        access              -> nothing
        subscribe a         -> poll a tt=0
        access              -> nothing
        answer 10           -> tell Connected Subscribe; poll a tt=10 tr=1
        fail AccessDenied   -> error AccessDenied Unsubscribe; tell Disconnected Subscribe
        filter n == 1       -> nothing
        access              -> poll a filter=n == 1 tt=0 tr=1
        answer 50           -> tell Connected Subscribe; poll a filter=n == 1 tt=10 tr=1
        fail Unknown        -> error Unknown Subscribe; tell Disconnected Subscribe
        access              -> nothing
        reconnect           -> poll a filter=n == 1 tt=0 tr=1
        fail AccessDenied   -> error AccessDenied Unsubscribe; tell Disconnected Subscribe
        unsubscribe a       -> leave a
        access              -> nothing
    """,
    "with a policy a refusal is the end too, until there is another token": """
        policy LINEAR
        subscribe a         -> poll a tt=0
        answer 10           -> tell Connected Subscribe; poll a tt=10 tr=1
        fail AccessDenied   -> error AccessDenied Unsubscribe; tell Disconnected Subscribe
        timer RETRY         -> nothing
        time                -> nothing
        filter n == 1       -> nothing
        access              -> poll a filter=n == 1 tt=0 tr=1
        answer 50           -> tell Connected Subscribe; poll a filter=n == 1 tt=10 tr=1
    """,
    "another token while the last one is refused": """
        policy LINEAR
        subscribe a         -> poll a tt=0
        answer 10           -> tell Connected Subscribe; poll a tt=10 tr=1
        access              -> nothing
        fail AccessDenied   -> timer PAUSE 1
        timer PAUSE         -> poll a tt=10 tr=1
        fail AccessDenied   -> error AccessDenied Unsubscribe; tell Disconnected Subscribe
        access              -> poll a tt=0 tr=1
        access              -> nothing
        fail MalformedFilterExpression -> error MalformedFilterExpression Subscribe; tell Disconnected Subscribe
    """,
    "a refusal ends with fewer names": """
        policy EXPONENTIAL
        subscribe a b       -> poll a,b tt=0
        answer 10           -> tell Connected Subscribe; poll a,b tt=10 tr=1
        fail AccessDenied   -> error AccessDenied Unsubscribe; tell Disconnected Subscribe
        unsubscribe x       -> leave x
        unsubscribe b       -> leave b; poll a tt=0 tr=1
        answer 50           -> tell Connected Subscribe; poll a tt=10 tr=1
        fail BadRequest     -> error BadRequest Subscribe; tell Disconnected Subscribe
        subscribe c         -> poll a,c tt=0 tr=1
        fail BadRequest     -> error BadRequest Subscribe; tell Disconnected Subscribe
        filter n == 1       -> poll a,c filter=n == 1 tt=0 tr=1
        fail BadRequest     -> error BadRequest Subscribe; tell Disconnected Subscribe
        access              -> poll a,c filter=n == 1 tt=0 tr=1
        fail BadRequest     -> error BadRequest Subscribe; tell Disconnected Subscribe
        reconnect           -> poll a,c filter=n == 1 tt=0 tr=1
        fail MalformedFilterExpression -> error MalformedFilterExpression Subscribe; tell Disconnected Subscribe
        access              -> nothing
        unsubscribe c       -> leave c; poll a filter=n == 1 tt=0 tr=1
        fail BadRequest     -> error BadRequest Subscribe; tell Disconnected Subscribe
        unsubscribe all     -> leave a
        access              -> nothing
    """,
    "a service that tells the time and fails with polls is not back": """
        policy LINEAR
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        fail Unknown  -> error Unknown Subscribe; timer RETRY 3
        timer RETRY   -> ask time
        time          -> poll a tt=0 tr=1
        fail Unknown  -> error Unknown Subscribe; timer RETRY 3
        timer RETRY   -> ask time
        time          -> poll a tt=0 tr=1
        answer 50     -> tell Reconnected Subscribe; poll a tt=10 tr=1
    """,
    "nor counts a handshake as the end of the tries": """
        policy EXPONENTIAL
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        fail Unknown  -> error Unknown Subscribe; timer RETRY 1
        timer RETRY   -> ask time
        time          -> poll a tt=0 tr=1
        answer 50     -> tell Reconnected Subscribe; poll a tt=10 tr=1
        fail Unknown  -> error Unknown Subscribe; timer RETRY 3
        timer RETRY   -> ask time
        time          -> poll a tt=0 tr=1
        answer 50     -> tell Reconnected Subscribe; poll a tt=10 tr=1
        answer 60     -> poll a tt=60 tr=1
        fail Unknown  -> error Unknown Subscribe; timer RETRY 1
    """,
    "who refuses to tell the time may answer polls": """
        policy LINEAR
        subscribe a          -> poll a tt=0
        fail NetworkIssues   -> error NetworkIssues Subscribe; timer RETRY 3
        timer RETRY          -> ask time
        no-time BadRequest   -> poll a tt=0
        answer 10            -> tell Reconnected Subscribe; tell Connected Subscribe; poll a tt=10 tr=1
    """,
    "without a policy a failure is the end, until the program comes back": """
        subscribe a         -> poll a tt=0
        answer 10           -> tell Connected Subscribe; poll a tt=10 tr=1
        fail NetworkIssues  -> error NetworkIssues Subscribe; tell Disconnected Subscribe
        timer RETRY         -> nothing
        filter n == 1       -> nothing
        unsubscribe x       -> leave x
        reconnect           -> poll a filter=n == 1 tt=0 tr=1
        answer 50           -> tell Connected Subscribe; poll a filter=n == 1 tt=10 tr=1
        fail Unknown        -> error Unknown Subscribe; tell Disconnected Subscribe
        subscribe b         -> poll a,b filter=n == 1 tt=0 tr=1
        fail Unknown        -> error Unknown Subscribe; tell Disconnected Subscribe
        unsubscribe b       -> leave b
        unsubscribe a       -> leave a
        subscribe c         -> poll c filter=n == 1 tt=0
    """,
    "a long poll that nobody answered in time is no failure": """
        subscribe a -> poll a tt=0
        answer 10   -> tell Connected Subscribe; poll a tt=10 tr=1
        expire      -> poll a tt=10 tr=1
        expire      -> poll a tt=10 tr=1
    """,
    "a handshake that nobody answered is one": """
        subscribe a -> poll a tt=0
        expire      -> error Timeout Subscribe; tell Disconnected Subscribe
    """,
    "a connection that isn't made in time is one too": """
        subscribe a  -> poll a tt=0
        answer 10    -> tell Connected Subscribe; poll a tt=10 tr=1
        fail Timeout -> error Timeout Subscribe; tell Disconnected Subscribe
    """,
    "refused access is told of as an unsubscription": """
        subscribe a       -> poll a tt=0
        fail AccessDenied -> error AccessDenied Unsubscribe; tell Disconnected Subscribe
    """,
    "LINEAR asks for the time every three seconds, and comes back to its cursor": """
        policy LINEAR
        subscribe a        -> poll a tt=0
        answer 10          -> tell Connected Subscribe; poll a tt=10 tr=1
        fail NetworkIssues -> error NetworkIssues Subscribe; timer RETRY 3
        timer RETRY        -> ask time
        no-time            -> timer RETRY 3
        timer RETRY        -> ask time
        time               -> poll a tt=0 tr=1
        answer 50          -> tell Reconnected Subscribe; poll a tt=10 tr=1
        answer 20 x        -> deliver x; poll a tt=20 tr=1
    """,
    "before the first connection": """
        policy LINEAR
        subscribe a        -> poll a tt=0
        fail NetworkIssues -> error NetworkIssues Subscribe; timer RETRY 3
        timer RETRY        -> ask time
        time               -> poll a tt=0
        answer 10          -> tell Reconnected Subscribe; tell Connected Subscribe; poll a tt=10 tr=1
    """,
    "EXPONENTIAL waits longer each time, and no longer than 32 seconds": """
        policy EXPONENTIAL
        subscribe a  -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 1
        timer RETRY  -> ask time
        no-time      -> timer RETRY 3
        timer RETRY  -> ask time
        no-time      -> timer RETRY 7
        timer RETRY  -> ask time
        no-time      -> timer RETRY 15
        timer RETRY  -> ask time
        no-time      -> timer RETRY 31
        timer RETRY  -> ask time
        no-time      -> timer RETRY 32
        timer RETRY  -> ask time
        no-time      -> timer RETRY 32
        timer RETRY  -> ask time
        time         -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 32
        timer RETRY  -> ask time
        time         -> poll a tt=0
        answer 10    -> tell Reconnected Subscribe; tell Connected Subscribe; poll a tt=10 tr=1
        fail Unknown -> error Unknown Subscribe; timer RETRY 1
    """,
    "so many tries and no more": """
        policy LINEAR
        retries 2
        subscribe a  -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
        timer RETRY  -> ask time
        time         -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
        timer RETRY  -> ask time
        no-time      -> error Disconnected Subscribe
        reconnect    -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
    """,
    "no tries at all": """
        policy EXPONENTIAL
        retries 0
        subscribe a  -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; tell Disconnected Subscribe
    """,
    "the service asks to be left alone": """
        policy LINEAR
        subscribe a     -> poll a tt=0
        fail Unknown 20 -> error Unknown Subscribe; timer RETRY 20
        subscribe b     -> nothing
        timer RETRY     -> ask time
        no-time 60      -> timer RETRY 60
        timer RETRY     -> ask time
        no-time 1       -> timer RETRY 3
        timer RETRY     -> ask time
        subscribe c     -> nothing
        time            -> poll a,b,c tt=0
    """,
    "reconnect does not wait": """
        policy LINEAR
        subscribe a  -> poll a tt=0
        reconnect    -> cancel; poll a tt=0
        answer 10    -> tell Connected Subscribe; poll a tt=10 tr=1
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
        reconnect    -> no timer RETRY; poll a tt=0 tr=1
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
        timer RETRY  -> ask time
        reconnect    -> ask no time; poll a tt=0 tr=1
        answer 50    -> tell Reconnected Subscribe; poll a tt=10 tr=1
        time         -> nothing
        no-time      -> nothing
    """,
    "what changes while the loop waits is asked for afterwards": """
        policy LINEAR
        subscribe a b   -> poll a,b tt=0
        answer 10       -> tell Connected Subscribe; poll a,b tt=10 tr=1
        fail Unknown    -> error Unknown Subscribe; timer RETRY 3
        filter n == 1   -> nothing
        unsubscribe b   -> leave b
        timer RETRY     -> ask time
        time            -> poll a filter=n == 1 tt=0 tr=1
        answer 50       -> tell Reconnected Subscribe; poll a filter=n == 1 tt=10 tr=1
        fail Unknown    -> error Unknown Subscribe; timer RETRY 3
        unsubscribe all -> no timer RETRY; leave a
        timer RETRY     -> nothing
    """,
    "a wrong shape is a failure": """
        policy LINEAR
        subscribe a                         -> poll a tt=0
        raw {"t": {"t": "1", "r": 1}}       -> error MalformedResponse Subscribe; timer RETRY 3
        timer RETRY                         -> ask time
        time                                -> poll a tt=0
        raw {"m": []}                       -> error MalformedResponse Subscribe; timer RETRY 3
        timer RETRY                         -> ask time
        time                                -> poll a tt=0
        raw []                              -> error MalformedResponse Subscribe; timer RETRY 3
        timer RETRY                         -> ask time
        time                                -> poll a tt=0
        raw {"t": {"t": "x"}, "m": []}      -> error MalformedResponse Subscribe; timer RETRY 3
        timer RETRY                         -> ask time
        time                                -> poll a tt=0
        raw {"t": {"t": 0, "r": 1}, "m": []} -> error MalformedResponse Subscribe; timer RETRY 3
        timer RETRY                         -> ask time
        time                                -> poll a tt=0
        raw {"t": {"t": 9223372036854775808}, "m": []} -> error MalformedResponse Subscribe; timer RETRY 3
        timer RETRY                         -> ask time
        time                                -> poll a tt=0
        raw {"t": {"t": 5, "r": true}, "m": []} -> error MalformedResponse Subscribe; timer RETRY 3
    """,
    "a cursor may be a number, and a region missing or a text": """
        subscribe a                                -> poll a tt=0
        raw {"t": {"t": 5}, "m": []}               -> tell Connected Subscribe; poll a tt=5
        raw {"t": {"t": 6, "r": "12"}, "m": []}    -> poll a tt=6 tr=12
    """,
    "the cursor never goes back, and what moves nothing is no busy loop": """
        subscribe a   -> poll a tt=0
        quick 10      -> tell Connected Subscribe; poll a tt=10 tr=1
        answer 10     -> poll a tt=10 tr=1
        quick 10      -> timer PAUSE 1
        timer PAUSE   -> poll a tt=10 tr=1
        quick 7/3 x   -> deliver x; timer PAUSE 1
        subscribe b   -> no timer PAUSE; poll a,b tt=0 tr=1
        quick 50      -> tell Connected Subscribe; poll a,b tt=10 tr=1
        quick 10      -> timer PAUSE 1
        unsubscribe b -> no timer PAUSE; leave b; poll a tt=10 tr=1
        quick 11      -> poll a tt=11 tr=1
    """,
    "an answer that moved nothing is at once unless it was held for a second": """
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        soon 10       -> timer PAUSE 1
        timer PAUSE   -> poll a tt=10 tr=1
        soon 9 x      -> deliver x; timer PAUSE 1
        timer PAUSE   -> poll a tt=10 tr=1
        answer 9      -> poll a tt=10 tr=1
    """,
    "many empty answers at once are no busy loop": f"""
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        {MANY_EMPTY}
        quick 21      -> timer PAUSE 0.25
        timer PAUSE   -> poll a tt=21 tr=1
        soon 22       -> timer PAUSE 0.25
        subscribe b   -> no timer PAUSE; poll a,b tt=0 tr=1
        quick 90      -> tell Connected Subscribe; poll a,b tt=22 tr=1
        soon 23       -> timer PAUSE 0.25
        timer PAUSE   -> poll a,b tt=23 tr=1
        quick 24 x    -> deliver x; poll a,b tt=24 tr=1
        quick 25      -> poll a,b tt=25 tr=1
    """,
    "what isn't new is no reason to ask again at once": f"""
        subscribe a    -> poll a tt=0
        answer 10      -> tell Connected Subscribe; poll a tt=10 tr=1
        {MANY_EMPTY}
        quick 21 x@9 y -> deliver x y; poll a tt=21 tr=1
        {MANY_OLD}
        quick 32 x@31  -> deliver x; timer PAUSE 0.25
        timer PAUSE    -> poll a tt=32 tr=1
        quick 33 x@y   -> deliver x; timer PAUSE 0.25
    """,
    "what comes from the future, again and again, is no news": f"""
        subscribe a     -> poll a tt=0
        answer 10       -> tell Connected Subscribe; poll a tt=10 tr=1
        {MANY_EMPTY}
        quick 21 x@9999 -> deliver x; timer PAUSE 0.25
        timer PAUSE     -> poll a tt=21 tr=1
        quick 22 x@9999 -> deliver x; timer PAUSE 0.25
    """,
    "an answer that was held ends the pauses": f"""
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        {MANY_EMPTY}
        answer 21     -> poll a tt=21 tr=1
        quick 22      -> poll a tt=22 tr=1
    """,
    "as many messages as one answer holds": """
        subscribe a   -> poll a tt=0
        answer 10     -> tell Connected Subscribe; poll a tt=10 tr=1
        answer 20 99  -> deliver 99; poll a tt=20 tr=1
        answer 30 100 -> deliver 100; tell RequestMessageCountExceeded Subscribe; poll a tt=30 tr=1
    """,
    "the first handshake may have messages": """
        subscribe a -> poll a tt=0
        answer 10 x -> tell Connected Subscribe; deliver x; poll a tt=10 tr=1
    """,
    "no heartbeats unless they are wanted": """
        subscribe a    -> poll a tt=0
        heartbeats on  -> timer HEARTBEAT 280
        timer HEARTBEAT -> beat a heartbeat=300; timer HEARTBEAT 280
        heartbeats off -> no timer HEARTBEAT
        timer HEARTBEAT -> nothing
    """,
    "a presence timeout starts them, and is sent with polls": """
        presence 20 9
        subscribe a :g +presence -> poll a,a-pnpres groups=g,g-pnpres tt=0 heartbeat=20; timer HEARTBEAT 9
        state a {"x": 1}         -> nothing
        state other {"x": 1}     -> nothing
        timer HEARTBEAT          -> beat a heartbeat=20 groups=g state={"a": {"x": 1}}; timer HEARTBEAT 9
        timer HEARTBEAT          -> timer HEARTBEAT 9
        beat                     -> nothing
        presence 30 14           -> no timer HEARTBEAT; timer HEARTBEAT 14
        state g {"y": 2}         -> nothing
        timer HEARTBEAT          -> beat a heartbeat=30 groups=g state={"a": {"x": 1}, "g": {"y": 2}}; timer HEARTBEAT 14
        beat                     -> nothing
        unsubscribe a            -> cancel; leave a; poll - groups=g,g-pnpres tt=0 heartbeat=30
        timer HEARTBEAT          -> beat - heartbeat=30 groups=g state={"g": {"y": 2}}; timer HEARTBEAT 14
    """,
    "heartbeats end with the last channel that one can be present on": """
        presence 20 9
        subscribe a b-pnpres -> poll a,b-pnpres tt=0 heartbeat=20; timer HEARTBEAT 9
        unsubscribe a        -> cancel; leave a; poll b-pnpres tt=0 heartbeat=20; no timer HEARTBEAT
        unsubscribe all      -> cancel; tell Acknowledgment Unsubscribe
    """,
    "heartbeats go on while the connection is tried again, and end with the loop": """
        presence 20 9
        policy LINEAR
        retries 1
        subscribe a   -> poll a tt=0 heartbeat=20; timer HEARTBEAT 9
        fail Unknown  -> error Unknown Subscribe; timer RETRY 3
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        timer RETRY   -> ask time
        no-time       -> error Disconnected Subscribe; no timer HEARTBEAT
        reconnect     -> poll a tt=0 heartbeat=20; timer HEARTBEAT 9
        stop          -> cancel; no timer HEARTBEAT
    """,
    "FAILURES tells of heartbeats that failed": """
        presence 20 9
        subscribe a     -> poll a tt=0 heartbeat=20; timer HEARTBEAT 9
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        beat            -> nothing
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        no-beat Timeout -> error Timeout Heartbeat
    """,
    "ALL tells of every heartbeat": """
        presence 20 9
        notify ALL
        subscribe a     -> poll a tt=0 heartbeat=20; timer HEARTBEAT 9
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        beat            -> tell Acknowledgment Heartbeat
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        no-beat Timeout -> error Timeout Heartbeat
    """,
    "NONE tells of no heartbeat": """
        presence 20 9
        notify NONE
        subscribe a     -> poll a tt=0 heartbeat=20; timer HEARTBEAT 9
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        beat            -> nothing
        timer HEARTBEAT -> beat a heartbeat=20; timer HEARTBEAT 9
        no-beat Timeout -> nothing
    """,
    "a heartbeat that is refused is the last, until something is changed": """
        presence 20 9
        subscribe a        -> poll a tt=0 heartbeat=20; timer HEARTBEAT 9
        timer HEARTBEAT    -> beat a heartbeat=20; timer HEARTBEAT 9
        no-beat BadRequest -> error BadRequest Heartbeat; no timer HEARTBEAT
        answer 10          -> tell Connected Subscribe; poll a tt=10 tr=1 heartbeat=20
        timer HEARTBEAT    -> nothing
        access             -> timer HEARTBEAT 9
        timer HEARTBEAT    -> beat a heartbeat=20; timer HEARTBEAT 9
        no-beat AccessDenied -> error AccessDenied Heartbeat; no timer HEARTBEAT
        state a {"x": 1}   -> timer HEARTBEAT 9
        timer HEARTBEAT    -> beat a heartbeat=20 state={"a": {"x": 1}}; timer HEARTBEAT 9
        no-beat BadRequest -> error BadRequest Heartbeat; no timer HEARTBEAT
        presence 30 14     -> timer HEARTBEAT 14
    """,
    "after the end nothing has an effect": """
        subscribe a   -> poll a tt=0
        stop          -> cancel
        answer 10 x   -> nothing
        subscribe b   -> nothing
        reconnect     -> nothing
        stop          -> nothing
    """,
    "stopped while it waits": """
        policy LINEAR
        subscribe a  -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
        stop         -> no timer RETRY
    """,
    "stopped while it asks for the time": """
        policy LINEAR
        subscribe a  -> poll a tt=0
        fail Unknown -> error Unknown Subscribe; timer RETRY 3
        timer RETRY  -> ask time
        stop         -> ask no time
        time         -> nothing
    """,
}


def steps(run: str) -> list[tuple[str, str]]:
    lines = [line.strip() for line in run.strip().splitlines()]
    return [
        (event.strip(), effects.strip())
        for event, _, effects in (line.partition("->") for line in lines)
    ]


@for_each(RUNS)
def test_events_have_these_effects(name: str) -> None:
    run = Run()
    told, expected = [], []
    for event, effects in steps(RUNS[name]):
        found = run.step(event)
        # A line without effects prepares the run.
        told.append(f"{event} -> {found if effects else ''}")
        expected.append(f"{event} -> {effects}")
    assert told == expected
