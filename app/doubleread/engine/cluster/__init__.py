"""Models on the workers of a Dask cluster. Only `connection` and `cluster` import Dask."""
