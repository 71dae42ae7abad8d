//! What a summary says: the latest usable value, its trend, and what waits.

use super::{NEVER_FROM_MEMORY, Printed, Ward, value};
use fertidoc::domain::analysis::Preparation;
use uuid::Uuid;

#[actix_web::test]
async fn the_latest_usable_value_stands_before_its_trend() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let ada = ward.patient("Ada").await;
    ward.document(
        ada,
        &[
            value("fsh", 3.0, "2026-03-01"),
            value("fsh", 1.0, "2026-01-01"),
        ],
    )
    .await;
    let (_, ids) = ward.document(ada, &[value("fsh", 2.0, "2026-02-01")]).await;
    let doubtful = Printed {
        needs_review: true,
        ..value("fsh", 99.0, "2026-04-01")
    };
    let (_, waiting) = ward.document(ada, &[doubtful]).await;
    let undated = Printed {
        observed_on: None,
        ..value("fsh", 0.5, "")
    };
    ward.document(ada, &[undated]).await;

    let seen = ward.assert_right(&summaries, ada).await;
    assert_eq!(seen.values_waiting, 1);
    assert_eq!(seen.newest_document_on, Some("2026-04-01".parse().unwrap()));
    let [fsh] = seen.values.as_slice() else {
        panic!("one series")
    };
    assert_eq!((fsh.value, fsh.verified), (Some(3.0), false));
    let trend: Vec<_> = fsh
        .trend
        .iter()
        .map(|point| point.canonical_value.unwrap())
        .collect();
    assert_eq!(
        trend,
        [2.0, 1.0, 0.5],
        "the newest first, what has no date last"
    );
    assert_eq!(fsh.trend[0].observation_id, ids[0]);

    ward.decide(waiting[0], "confirmed").await;
    let seen = ward.assert_right(&summaries, ada).await;
    assert_eq!(seen.values_waiting, 0);
    assert_eq!(
        (seen.values[0].value, seen.values[0].verified),
        (Some(99.0), true)
    );
}

#[actix_web::test]
async fn semen_before_and_after_preparation_are_two_things() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let ida = ward.patient("Ida").await;
    let prepared = |preparation, number, day| Printed {
        preparation: Some(preparation),
        ..value("semen_concentration", number, day)
    };
    for day in ["2026-01-01", "2026-02-01"] {
        ward.document(
            ida,
            &[
                prepared("native", 20.0, day),
                prepared("post_preparation", 90.0, day),
            ],
        )
        .await;
    }
    let seen = ward.assert_right(&summaries, ida).await;
    let kinds: Vec<_> = seen
        .values
        .iter()
        .map(|series| (series.preparation, series.value, series.trend.len()))
        .collect();
    assert_eq!(
        kinds,
        [
            (Some(Preparation::Native), Some(20.0), 1),
            (Some(Preparation::PostPreparation), Some(90.0), 1)
        ]
    );
}

#[actix_web::test]
async fn counts_are_not_multiplied_by_what_stands_beside_them() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let ada = ward.patient("Ada").await;
    let clinic = ward.viewer.clinic;
    ward.admin
        .batch_execute(&format!(
            "INSERT INTO fertidoc.identifier_authority (clinic_id, code, name)
             SELECT '{clinic}', 'house-' || i, 'House' FROM generate_series(1, 3) i;
             INSERT INTO fertidoc.patient_identifier
             SELECT '{clinic}', '{ada}', 'house-' || i, 'A', 'A' FROM generate_series(1, 3) i;"
        ))
        .await
        .unwrap();
    for name in ["Jo", "Kim"] {
        let other = ward.patient(name).await;
        ward.admin
            .execute(
                "INSERT INTO fertidoc.partnership VALUES ($1, $2, $3, $4, '2024-01-01', NULL)",
                &[
                    &Uuid::now_v7(),
                    &clinic.0,
                    &ada.min(other).0,
                    &ada.max(other).0,
                ],
            )
            .await
            .unwrap();
    }
    let doubtful = Printed {
        needs_review: true,
        ..value("amh", 1.0, "2026-01-01")
    };
    for _ in 0..4 {
        ward.document(
            ada,
            &[
                value("fsh", 1.0, "2026-01-01"),
                value("lh", 1.0, "2026-01-01"),
                doubtful.clone(),
            ],
        )
        .await;
    }
    ward.handed_in(ada).await;
    ward.refresh().await;
    let seen = ward.assert_right(&summaries, ada).await;
    assert_eq!(
        (seen.documents, seen.documents_pending, seen.values_waiting),
        (4, 1, 4)
    );
    assert_eq!(seen.values.len(), 2);
    assert!(seen.values.iter().all(|series| series.trend.len() == 3));
    assert_eq!(
        (seen.patient.identifiers.len(), seen.patient.partners.len()),
        (3, 2)
    );
}

#[actix_web::test]
async fn a_trend_is_bounded() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let ada = ward.patient("Ada").await;
    let values: Vec<_> = (0..40)
        .map(|number| value("fsh", number.into(), "2026-01-01"))
        .collect();
    ward.document(ada, &values).await;
    let seen = ward.assert_right(&summaries, ada).await;
    assert_eq!(
        seen.values[0].value,
        Some(39.0),
        "of one day and document the last printed"
    );
    assert_eq!(seen.values[0].trend.len(), 24);
}

#[actix_web::test]
async fn only_the_current_analysis_of_a_document_counts() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let ada = ward.patient("Ada").await;
    let (document, _) = ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
    ward.read_document(document, ada, &[value("fsh", 2.0, "2026-01-01")])
        .await;
    let seen = ward.assert_right(&summaries, ada).await;
    assert_eq!(
        (seen.values[0].value, seen.values[0].trend.len()),
        (Some(2.0), 0)
    );
}

#[actix_web::test]
async fn a_list_shows_each_patient_as_its_own_summary_does() {
    let ward = Ward::open().await;
    let summaries = ward.summaries(NEVER_FROM_MEMORY);
    let (ada, eva) = (ward.patient("Ada").await, ward.patient("Eva").await);
    ward.document(ada, &[value("fsh", 1.0, "2026-01-01")]).await;
    ward.refresh().await;
    ward.handed_in(eva).await;
    let nobody = fertidoc::domain::ids::PatientId::fresh();
    let list = summaries
        .list(&ward.viewer, &[eva, nobody, ada])
        .await
        .unwrap();
    let told: Vec<_> = list
        .iter()
        .map(|it| (it.patient_id, it.documents_pending, it.values_shown))
        .collect();
    assert_eq!(told, [(eva, 1, 0), (ada, 0, 1)]);
    assert_eq!(list[1].version, ward.definition(ada).await.version);
}
