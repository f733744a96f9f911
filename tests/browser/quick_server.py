"""`sinews serve` as the command line starts it, its worker compiling as quickly as other tests do.

The worker, a process of its own, imports this file before it begins; the pages need no JAX.
"""

if __name__ == "__main__":
    from sinews.cli import main

    main()
else:
    from sinews.engine.simulate import COMPILER

    COMPILER["xla_backend_optimization_level"] = 0
