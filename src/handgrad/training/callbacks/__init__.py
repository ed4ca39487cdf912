"""What happens beside training: watching, drawing, guarding."""

from handgrad.training.callbacks._confusion_matrix_picture import ConfusionMatrixPicture as ConfusionMatrixPicture
from handgrad.training.callbacks._finite_guard import FiniteGuard as FiniteGuard
from handgrad.training.callbacks._gradient_norms import GradientNorms as GradientNorms
from handgrad.training.callbacks._hyper_parameters import HyperParameters as HyperParameters
from handgrad.training.callbacks._layer_health import LayerHealth as LayerHealth
from handgrad.training.callbacks._member_table import MemberTable as MemberTable
from handgrad.training.callbacks._random_state import RandomState as RandomState
from handgrad.training.callbacks._run_report import RunReport as RunReport
