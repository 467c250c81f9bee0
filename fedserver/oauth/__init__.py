"""The door where applications and people sign in.

Reading order: ``routes`` (the table), ``apps`` (registering an application), ``requests`` (reading and judging an
authorization request), ``authorize`` (consent), ``tokens`` (code for token, revocation), ``login`` (the sign-in page),
``second`` (its second step, and passkeys), ``reset`` (a forgotten password), ``about`` (what this server offers, who
the user is).
"""
