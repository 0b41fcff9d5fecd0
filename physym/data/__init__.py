"""Loaders and simulators: files in, `Samples` out."""

from physym.data.catalogue import Dataset, describe_dataset, fetch_dataset, list_datasets, load
from physym.data.images import Images, load_images
from physym.data.jets import Jets, concatenate
from physym.data.loading import iterate_jets, load_jets
from physym.data.mass_convention import MassConvention
from physym.data.molecules import Molecules, load_molecules
from physym.data.parts import Partition, partitions
from physym.data.samples import Samples
from physym.data.trajectories import Trajectories, load_trajectories

__all__ = [
    "Dataset",
    "Images",
    "Jets",
    "MassConvention",
    "Molecules",
    "Partition",
    "Samples",
    "Trajectories",
    "concatenate",
    "describe_dataset",
    "fetch_dataset",
    "iterate_jets",
    "list_datasets",
    "load",
    "load_images",
    "load_jets",
    "load_molecules",
    "load_trajectories",
    "partitions",
]
