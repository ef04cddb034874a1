"""A whole study as a graph of commands: what needs what, what is kept, what runs beside what.

Knows no command: the command line passes a function that runs one (`ipml.study.runner.run_study`). Nothing is
imported here, because a worker process sees to its output before anything else (`ipml.study.worker_process`).
"""
