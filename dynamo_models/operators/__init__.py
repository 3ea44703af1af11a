"""What an operator sees and does in a browser, and what a monitoring system collects: all from ``cutover.status``.

``page`` the pages of Django's admin · ``offers`` the moves that there are, and what each asks of an operator ·
``acting`` carries one out · ``moving``, ``controlling`` the pages that ask for it, by ``confirming`` · ``forms`` what
is typed · ``words`` what stages mean · ``metrics`` for Prometheus · ``scrape`` the view that serves them.

Nothing here imports prometheus-client but ``metrics`` and ``scrape``: it comes with ``dynamo-models[metrics]``.
"""
