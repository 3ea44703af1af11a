"""Live traffic: people who read and write through the REST interface, each request a real one.

``ledger`` what was asked, acknowledged and refused · ``calls`` one person's requests · ``writers``, ``readers`` what
people do · ``crowd`` all of them as threads · ``lost`` what was acknowledged, looked for in both stores.
"""
