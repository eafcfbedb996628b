"""From predicates to an SQL expression: TRUE is MATCH, FALSE is NO_MATCH, NULL is UNDECIDED."""
