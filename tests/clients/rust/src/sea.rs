//! SeaORM: tables made from entities, relations, and an error that is known for what it is.

use sea_orm::{ActiveValue::Set, ConnectionTrait, Database, EntityTrait, ModelTrait, QueryOrder, Schema, SqlErr};

mod cake {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "so_cakes")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub name: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(has_many = "super::slice::Entity")]
        Slice,
    }

    impl Related<super::slice::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Slice.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

mod slice {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
    #[sea_orm(table_name = "so_slices")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i32,
        pub cake_id: Option<i32>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {
        #[sea_orm(
            belongs_to = "super::cake::Entity",
            from = "Column::CakeId",
            to = "super::cake::Column::Id",
            on_delete = "Cascade",
            on_update = "Cascade"
        )]
        Cake,
    }

    impl Related<super::cake::Entity> for Entity {
        fn to() -> RelationDef {
            Relation::Cake.def()
        }
    }

    impl ActiveModelBehavior for ActiveModel {}
}

pub async fn run() {
    let database = Database::connect(super::url()).await.expect("a connection");
    let schema = Schema::new(database.get_database_backend());
    for statement in [schema.create_table_from_entity(cake::Entity), schema.create_table_from_entity(slice::Entity)] {
        database.execute(database.get_database_backend().build(&statement)).await.expect("a table");
    }
    let new = cake::ActiveModel { name: Set("cheese".to_owned()), ..Default::default() };
    let cheese = cake::Entity::insert(new).exec_with_returning(&database).await.expect("a cake");
    let slices = (0..3).map(|_| slice::ActiveModel { cake_id: Set(Some(cheese.id)), ..Default::default() });
    slice::Entity::insert_many(slices).exec(&database).await.expect("slices");
    let with = cake::Entity::find().find_with_related(slice::Entity).order_by_asc(cake::Column::Id).all(&database).await;
    assert_eq!(with.expect("cakes with slices")[0].1.len(), 3);

    let orphan = slice::ActiveModel { cake_id: Set(Some(99)), ..Default::default() };
    let error = slice::Entity::insert(orphan).exec(&database).await.expect_err("an orphan");
    assert!(matches!(error.sql_err(), Some(SqlErr::ForeignKeyConstraintViolation(_))), "{error}");

    cheese.delete(&database).await.expect("a delete");
    assert!(slice::Entity::find().all(&database).await.expect("slices").is_empty());
}
